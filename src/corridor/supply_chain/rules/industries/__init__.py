"""Engine B, in time: industries with inventories, orders, rationing, overproduction and recovery.

The adaptive regional input-output model (ARIO): Hallegatte, Risk Analysis 28 (2008) 779 and 34
(2014) 152; Guan et al., Nature Human Behaviour 4 (2020) 577.
"""

"""Engine A, static: a loss spreads along the links between firms until nothing changes any more.

The generalised Leontief model of Diem, Borsos, Reisch, Kertesz and Thurner, "Quantifying firm-level
economic systemic risk from nation-wide supply networks", Sci. Rep. 12:7719 (2022).
"""

"""Every kind of record that this program understands."""

from corridor.access import KINDS as ACCESS_KINDS
from corridor.assurance import KINDS as ASSURANCE_KINDS
from corridor.catalogue import (
    Model,
    Organisation,
    Provenance,
    Provider,
    Supplier,
)
from corridor.core.corrections import Correction, Withdrawal
from corridor.core.records import Record
from corridor.drills import (
    DrillAnswered,
    DrillCosts,
    DrillEnded,
    DrillProposed,
    DrillResult,
    DrillSchedule,
    DrillsJoined,
    DrillStarted,
    IncidentEnded,
    IncidentOpened,
    Prediction,
    ProposalWithdrawn,
)
from corridor.evaluation import (
    Calibration,
    Evaluation,
    Inquiry,
    JudgeAgreement,
    Measure,
    SafetyEvaluation,
)
from corridor.federation import (
    Fork,
    KeyRecovery,
    KeyRotation,
    LostRecords,
    Partner,
    PartnerStanding,
)
from corridor.gateway import (
    GuardPolicy,
    GuardWatch,
    Limit,
    PriceTable,
    ProposalDismissed,
    Retention,
    Route,
    Service,
    Suspension,
    SuspensionLifted,
    SuspensionProposed,
)
from corridor.supply_chain import Plan, ShockResult, Table

KINDS: tuple[type[Record], ...] = (
    Withdrawal,
    Correction,
    Partner,
    PartnerStanding,
    KeyRotation,
    KeyRecovery,
    Fork,
    LostRecords,
    Organisation,
    Supplier,
    Model,
    Provenance,
    Provider,
    Evaluation,
    Measure,
    Inquiry,
    SafetyEvaluation,
    Calibration,
    JudgeAgreement,
    *ASSURANCE_KINDS,
    *ACCESS_KINDS,
    Service,
    Route,
    Suspension,
    SuspensionLifted,
    SuspensionProposed,
    ProposalDismissed,
    Limit,
    PriceTable,
    GuardPolicy,
    GuardWatch,
    Retention,
    Table,
    Plan,
    ShockResult,
    DrillStarted,
    DrillEnded,
    DrillResult,
    DrillSchedule,
    DrillCosts,
    DrillProposed,
    DrillAnswered,
    ProposalWithdrawn,
    DrillsJoined,
    IncidentOpened,
    IncidentEnded,
    Prediction,
)
"""Every kind of record that this program understands."""

"""A finding as an AI-incident report, in the dimensions by which the OECD's AI Incidents and Hazards Monitor sorts them.

The dimensions are those of its methodology page (oecd.ai/en/incidents-methodology, read 2026-11): incident or hazard,
severity, industry, AI principle, harm type, affected stakeholders, and from the OECD's framework for the
classification of AI systems the system's autonomy. The names of the keys are ours; a field that nobody
filled in is null, and never guessed.
"""

from corridor.assurance.records.reports import Sighting
from corridor.assurance.rules.campaigns.embargoes import Standing

FORM = "corridor-incident@1"


def _occurrences(seen: Sighting | None) -> dict[str, object] | None:
    if seen is None:
        return None
    return {
        "count": seen.count,
        "first_at": seen.first_at.isoformat(),
        "last_at": seen.last_at.isoformat(),
    }


def as_incident(standing: Standing) -> dict[str, object]:
    """Return a finding as an incident report."""
    finding, known = standing.finding, standing.finding.circumstances
    return {
        "form": FORM,
        "id": finding.id,
        "title": finding.title,
        "description": finding.summary,
        "incident_or_hazard": known.nature if known else "hazard",
        "first_occurred_at": known.occurred_at.isoformat() if known else None,
        "reported_at": finding.made_at.isoformat(),
        "severity": finding.severity,
        "harm_types": list(known.harms) if known and known.harms else None,
        "harm_description": finding.harm or None,
        "affected_stakeholders": list(known.affected) if known and known.affected else None,
        "ai_principles": list(known.principles) if known and known.principles else None,
        "industries": [known.industry] if known and known.industry else None,
        "countries": list(known.countries) if known and known.countries else None,
        "languages": list(finding.languages) or None,
        "autonomy_level": (known.autonomy or None) if known else None,
        "ai_system": {
            "name": finding.model,
            "sha256": finding.model_sha256,
            "service": (known.service or None) if known else None,
        },
        "source": {"origin": finding.origin, "reference": finding.source or None},
        "occurrences": _occurrences(standing.sighted),
        "status": standing.state,
    }

"""By which signs a provider's refusal is told: codes and phrases, as a table, none of it a program.

A code is compared in lower case, whole. A phrase is a regular expression over a message in lower
case with all that was quoted left out. What each stands for is the class that is kept and shown; the
provider's own words are kept nowhere.
"""

OBJECTING_STATUS = {401: "unauthorized", 403: "forbidden", 451: "legal_reasons"}
"""Statuses by which a provider says no to whoever runs this node, unless a code says otherwise."""

OBJECTING_CODES = {
    "account_blocked": "account_suspended",
    "account_closed": "account_suspended",
    "account_deactivated": "account_suspended",
    "account_disabled": "account_suspended",
    "account_locked": "account_suspended",
    "account_suspended": "account_suspended",
    "account_terminated": "account_suspended",
    "billing_not_active": "account_suspended",
    "key_revoked": "account_suspended",
    "organization_deactivated": "account_suspended",
    "organization_disabled": "account_suspended",
    "organization_restricted": "account_suspended",
    "organization_suspended": "account_suspended",
    "project_suspended": "account_suspended",
    "consumer_suspended": "account_suspended",
    "subscription_suspended": "account_suspended",
    "user_deactivated": "account_suspended",
    "user_suspended": "account_suspended",
    "export_control": "export_control",
    "export_controlled": "export_control",
    "export_restricted": "export_control",
    "export_restriction": "export_control",
    "embargoed": "sanctions",
    "sanctioned": "sanctions",
    "sanctioned_country": "sanctions",
    "sanctioned_entity": "sanctions",
    "sanctions": "sanctions",
    "country_not_supported": "region_unsupported",
    "location_not_supported": "region_unsupported",
    "region_not_allowed": "region_unsupported",
    "region_not_supported": "region_unsupported",
    "region_unsupported": "region_unsupported",
    "unsupported_country": "region_unsupported",
    "unsupported_country_region_territory": "region_unsupported",
    "unsupported_location": "region_unsupported",
    "unsupported_region": "region_unsupported",
    "unavailable_for_legal_reasons": "legal_reasons",
}
"""Codes by which a provider says no whatever the status, and what they stand for."""

ONE_REQUEST_CODES = frozenset(
    {
        "content_blocked",
        "content_filter",
        "content_filtered",
        "content_policy",
        "content_policy_violation",
        "content_violation",
        "data_inspection_failed",
        "flagged_content",
        "harmful_content",
        "input_blocked",
        "invalid_prompt",
        "moderation",
        "moderation_blocked",
        "moderation_failed",
        "policy_violation",
        "prohibited_content",
        "prompt_blocked",
        "prompt_injection_detected",
        "responsibleaipolicyviolation",
        "safety_violation",
        "sensitive_content",
        "unsafe_content",
        "usage_policy_violation",
    }
)
"""Codes of a refusal that concerns what one request says."""

ONE_CALLER_CODES = frozenset({"access_denied"})
"""Codes by which another gateway refuses one caller; the provider said no to nobody else."""

_HOLDER = r"(?:account|organi[sz]ation|workspace|subscription|tenant|api key)"
_PLACE = r"(?:country|region|territory|location|jurisdiction)"

OBJECTING_PHRASES = (
    (
        _HOLDER + r"\b[^.,:;]{0,60}\b(?:has been|have been|was|is)\b (?:temporarily |permanently )?"
        r"(?:suspended|deactivated|terminated|banned|disabled|closed|frozen)\b",
        "account_suspended",
    ),
    (_HOLDER + r" has been (?:restricted|blocked|locked|revoked)\b", "account_suspended"),
    (r"\b(?:suspended|deactivated|terminated|banned) " + _HOLDER, "account_suspended"),
    (r"\b(?:account|organi[sz]ation) (?:suspended|deactivated|disabled)\b", "account_suspended"),
    (r"\bexport[ -](?:control|restriction|regulation|administration)", "export_control"),
    (
        (
            r"\b(?:subject to|under|due to|because of|economic|trade) sanctions\b"
            r"|\bsanctioned (?:countr|entit|person|part|jurisdiction|region|territor)"
            r"|\bembargoed\b"
        ),
        "sanctions",
    ),
    (
        r"\b(?:your|user|caller's) (?:current )?" + _PLACE + r" (?:is|are) (?:currently )?not "
        r"(?:yet )?(?:supported|available|allowed|permitted|eligible)",
        "region_unsupported",
    ),
    (r"\bcountry, region,? (?:or|and) territory (?:is )?not supported", "region_unsupported"),
    (
        r"\b(?:not|unavailable|n't)(?: (?:yet|currently|available|supported|allowed|offered|permitted))*"
        r" (?:in|from|for|to) (?:your|users in your) " + _PLACE,
        "region_unsupported",
    ),
    (r"\bunsupported (?:country|region|territory|jurisdiction)\b", "region_unsupported"),
)
"""Phrases by which a provider says no, where it has no code for that."""

ONE_REQUEST_PHRASES = (
    r"content (?:management )?polic",
    r"content filter",
    r"\bmoderation\b",
    r"\bsafety (?:system|filter|polic|guideline)",
    (
        r"\b(?:prompt|input|content|text|image)s?\b[^.,:;]{0,40}"
        r"\b(?:was|were|been|is|are) (?:flagged|blocked|rejected)"
    ),
)
"""Phrases of a refusal that concerns what one request says, where there is no code for that."""

"""What personal data look like, for parts of the node that keep words that people write."""

from corridor.gateway.rules.guards.finding import DETECTORS, found_in

OF_PLACES = frozenset(("corporate_number_jp", "postal_code_jp", "pin_code_in"))
"""Kinds that are nobody's own."""
OF_PEOPLE = tuple(each for kind, each in DETECTORS.items() if kind not in OF_PLACES)


class PersonalIdentifiers:
    """Identifiers, addresses and numbers of people, by the detectors of the gateway's guards. Names are none."""

    def first(self, text: str) -> str | None:
        """Return of what kind the first personal data in a text are; None if there seem to be none."""
        found = found_in(text, OF_PEOPLE)
        return found[0].kind if found else None

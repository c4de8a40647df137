"""What a request for access still needs, each gap with its field.

A gap blocks where a grant could not be given; what is only worth knowing is a note.
"""

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from pydantic import JsonValue, ValidationError

from corridor.access.records import Form, Principal, Project, Purpose, TierForm, UseClass
from corridor.access.records.requests import Gap
from corridor.access.rules.drafts import HOW, nested
from corridor.access.rules.stating import in_words, place_of

ORDER: Mapping[UseClass, int] = {"general": 0, "defensive": 1, "dual_use": 2, "offensive": 3}
NEEDS_TARGET = ORDER["dual_use"]
OF_MODEL = frozenset({"model", "model_sha256", "node"})
"""What a request for a tier leaves out."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the node knows that a request can be held against."""

    purposes: Mapping[str, Purpose]
    principals: Mapping[str, Principal]
    projects: Mapping[str, Project]
    own: str
    """This node's name."""
    partners: frozenset[str]
    """Nodes with which records are exchanged."""
    stated: Mapping[tuple[str, str], str]
    """Digests of models' files, by who stated them and the model's name."""
    evidence: frozenset[str] = frozenset()
    """The languages in which there is evidence of the file that counts."""
    tier: int | None = None
    """Of the file, or that is asked for; None while neither is named."""
    max_days: int = 731
    """The longest grant at this tier."""


def gaps(fields: Mapping[str, JsonValue], known: Known) -> list[Gap]:
    """Return everything that a draft lacks, and what its owner should know, in the form's order."""
    whole = nested(fields)
    by_tier = "tier" in whole
    found = _misfits(whole, TierForm if by_tier else Form)
    bad = {gap.field.partition(".")[0] for gap in found}
    # What fits is looked at though the rest does not, with fillers in the places of the rest.
    form = _filled(whole, bad | (OF_MODEL | {"tier"} if by_tier else frozenset()))
    if by_tier:  # nothing of a model is there to be looked at
        bad |= {"model", "node"}
    for concerns, look in LOOKS:
        if not bad & set(concerns):
            found += look(form, known)
    places = list(HOW)
    return sorted(found, key=lambda gap: (not gap.blocks, places.index(_leaf(gap.field))))


def _filled(whole: Mapping[str, JsonValue], without: AbstractSet[str]) -> Form:
    fitting = {name: value for name, value in whole.items() if name not in without}
    return Form.model_validate(fitting | {n: FILLERS[n] for n in without & FILLERS.keys()})


def _misfits(whole: Mapping[str, JsonValue], form: type[Form | TierForm]) -> list[Gap]:
    found: dict[str, Gap] = {}
    if form is TierForm and (both := [name for name in whole if name in OF_MODEL]):
        why = f"a request names a tier or a model, and {', '.join(both)} says which model"
        how = "Leave one of the two out; a tier is of this node's models."
        found["tier"] = _gap("tier", why, how)
        whole = {name: value for name, value in whole.items() if name not in OF_MODEL}
    try:
        form.model_validate(whole)
    except ValidationError as error:
        for each in error.errors(include_url=False):
            place = place_of(each)
            found.setdefault(place, _gap(place, in_words(each)))
    return list(found.values())


def _gap(field: str, why: str, how: str = "", *, blocks: bool = True) -> Gap:
    return Gap(field=field, why=why, how=how or HOW[_leaf(field)], blocks=blocks)


def _leaf(field: str) -> str:
    return field if field in HOW else next((n for n in HOW if n.startswith(f"{field}.")), "days")


def _requester(form: Form, known: Known) -> Iterator[Gap]:
    principal = known.principals.get(form.requester)
    if principal is None or not principal.active:
        yield _gap("requester", f"{form.requester} is nobody who is known here")


def _project(form: Form, known: Known) -> Iterator[Gap]:
    project, principal = known.projects.get(form.project), known.principals.get(form.requester)
    if project is None:
        yield _gap("project", f"there is no project {form.project}")
    elif principal is not None and project.organisation != principal.organisation:
        why = f"{form.project} is work of {project.organisation}, not of {principal.organisation}"
        yield _gap("project", why)


def _node(form: Form, known: Known) -> Iterator[Gap]:
    if form.node != known.own and form.node not in known.partners:
        yield _gap("node", f"{form.node} is neither this node nor a partner")


def _model(form: Form, known: Known) -> Iterator[Gap]:
    digest = known.stated.get((form.node, form.model))
    if digest is None:
        why = f"{form.node} has stated no model {form.model}"
        how = "The digest alone decides: compare it with its node's operator."
        yield _gap(
            "model", why, "" if form.node == known.own else how, blocks=form.node == known.own
        )
    elif digest != form.model_sha256:
        yield _gap("model_sha256", f"is not the file that {form.node} states as {form.model}")


def _purpose(form: Form, known: Known) -> Iterator[Gap]:
    listed = sorted(name for name, purpose in known.purposes.items() if purpose.active)
    if form.purpose not in listed:
        how = f"Choose one of: {', '.join(listed) or 'none is listed yet'}."
        yield _gap("purpose", f"{form.purpose} is not in the list of purposes", how)


def _use_class(form: Form, known: Known) -> Iterator[Gap]:
    purpose = known.purposes.get(form.purpose)
    if purpose is not None and ORDER[form.use_class] < ORDER[purpose.use_class]:
        why = f"{form.use_class} is below {purpose.use_class}, the class of {form.purpose}"
        yield _gap("use_class", why, f"Say {purpose.use_class}, or choose another purpose.")


def _target(form: Form, _: Known) -> Iterator[Gap]:
    if ORDER[form.use_class] < NEEDS_TARGET:
        return
    if form.target.basis == "none":
        yield _gap("target.basis", f"{form.use_class} use needs a right to the systems it targets")
    elif not form.target.reference:
        yield _gap("target.reference", "is missing: nobody could look at the authorisation")


def _tools(form: Form, _: Known) -> Iterator[Gap]:
    if form.surface == "agent" and not form.conditions.tools:
        yield _gap("conditions.tools", "an agent without tools is none")
    elif form.surface != "agent" and form.conditions.tools:
        why = f"tools are called by agents only, and the surface is {form.surface}"
        yield _gap("conditions.tools", why, "Leave the tools out, or say surface: agent.")
    for tool in form.conditions.ask_for:
        if tool not in form.conditions.tools:
            yield _gap("conditions.ask_for", f"{tool} is none of the tools that are asked for")


def _days(form: Form, known: Known) -> Iterator[Gap]:
    if known.tier is not None and form.days > known.max_days:
        why = f"is too long: at most {known.max_days} days for a model of tier {known.tier}"
        yield _gap("days", why)


def _languages(form: Form, known: Known) -> Iterator[Gap]:
    for language in form.languages:
        if language not in known.evidence:
            why = f"there is no evaluation of this file in {language}, so it would not be granted"
            how = "Have it evaluated in that language: `corridor evaluate run --help`."
            yield _gap("languages", why, how, blocks=False)


LOOKS: tuple[tuple[tuple[str, ...], Callable[[Form, Known], Iterator[Gap]]], ...] = (
    (("requester",), _requester),
    (("project", "requester"), _project),
    (("node",), _node),
    (("model", "model_sha256", "node"), _model),
    (("purpose",), _purpose),
    (("use_class", "purpose"), _use_class),
    (("use_class", "target"), _target),
    (("surface", "conditions"), _tools),
    (("days", "model_sha256"), _days),
    (("languages", "model_sha256", "model"), _languages),
)
"""What is held against what is known, and by which fields."""

FILLERS: Mapping[str, JsonValue] = {
    "requester": "x",
    "project": "x",
    "model": "x",
    "model_sha256": "0" * 64,
    "node": "x",
    "surface": "api",
    "purpose": "x",
    "purpose_text": "nothing yet",
    "use_class": "general",
    "sensitivity": "public",
    "languages": ["und-Zyyy"],
    "oversight": "x",
    "days": 1,
}

"""Red-team campaigns: begin one, write down what is required, attack, review, find; each step a record.

People and models work side by side: what a model makes waits for a person's review like what a person makes.
Nobody reviews their own work.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from pydantic import TypeAdapter

from corridor.assurance.adapters.sealed import SealedTexts
from corridor.assurance.records.campaigns import (
    Attack,
    Attempt,
    Campaign,
    Engine,
    Requirement,
    Review,
    Step,
    Wish,
)
from corridor.assurance.rules.campaigns import Board, board_of
from corridor.assurance.rules.campaigns.validity import valid
from corridor.assurance.service.membership import Membership
from corridor.catalogue import Catalogue
from corridor.core.clock import Clock
from corridor.core.errors import Invalid, NotFound
from corridor.core.store import Transaction, View
from corridor.evaluation import Category, Form


@dataclass(frozen=True, slots=True)
class Text:
    """The words of an attack, as they are sealed."""

    turns: tuple[str, ...]
    mark: str = ""
    """A string that only an answer that gives in has."""


TEXT = TypeAdapter(Text)


def sealed_as(turns: Sequence[str], mark: str = "") -> dict[str, object]:
    """Return the words of an attack in the form in which they are sealed."""
    return asdict(Text(tuple(turns), mark))


def text_of(texts: SealedTexts, attack: Attack) -> Text:
    """Return the words of an attack.

    Raises:
        NotHere: if they are not on this node.
    """
    return TEXT.validate_python(texts.read(attack.text_sha256))


@dataclass(frozen=True, slots=True)
class Campaigns:
    """Keep red-team campaigns."""

    clock: Clock
    catalogue: Catalogue
    texts: SealedTexts
    membership: Membership

    def begin(self, tx: Transaction, wish: Wish) -> Campaign:
        """Begin a campaign on the file that a provider serves now; the newest of a name counts.

        Raises:
            UnknownProvider: if a provider that is named is not known.
            Invalid: if it has no end, ends before it begins, or has no member who may review; or a member is somebody
                else by what access knows.
        """
        target = self.catalogue.provider(tx, wish.provider)
        engines = [
            {"task": task, "provider": name, "model_sha256": self._file(tx, name)}
            for task, name in wish.engines.items()
        ]
        served = {"model": target.model, "model_sha256": target.model_sha256, "engines": engines}
        members = self.membership.tied(tx, wish.members)
        said = wish.model_dump() | {"members": [each.model_dump() for each in members]}
        fields = {**said, **served, "made_at": self.clock()}
        campaign = valid(Campaign, fields)
        tx.append(campaign)
        tx.audit("campaign.begin", campaign.name, sha256=campaign.model_sha256)
        return campaign

    def campaigns(self, view: View) -> list[Campaign]:
        """Return the newest of each name."""
        return list({each.name: each for each in view.own(Campaign)}.values())

    def campaign(self, view: View, name: str) -> Campaign:
        """Return a campaign.

        Raises:
            NotFound: if there is none of this name.
        """
        for each in self.campaigns(view):
            if each.name == name:
                return each
        raise NotFound(
            f"There is no campaign {name!r}.",
            hint="`corridor assurance campaign list` shows all.",
        )

    def board(self, view: View, name: str) -> Board:
        """Return where a campaign stands.

        Raises:
            NotFound: if there is none of this name.
        """
        return board_of(
            self.campaign(view, name),
            view.own(Requirement),
            view.own(Attack),
            list(view.own(Review)),
            list(view.own(Attempt)),
        )

    def require(
        self,
        tx: Transaction,
        name: str,
        who: str,
        text: str,
        document: tuple[str, str],
        category: Category,
    ) -> Requirement:
        """Write down what a document requires of the model; `document` is its name and place, and its digest.

        Raises:
            NotFound, NotAMember, NotNow: if there is no such campaign, or it is not theirs to do now.
            Invalid: if the campaign does not cover the category.
        """
        campaign = self.campaign(tx, name)
        self.membership.check(tx, campaign, who, "require")
        made = self.required(campaign, who, text, document, category)
        tx.append(made)
        return made

    def required(
        self,
        campaign: Campaign,
        by: str | Engine,
        text: str,
        document: tuple[str, str],
        category: Category,
    ) -> Requirement:
        """Return a requirement that a member or a model of the campaign has made, unsigned.

        Raises:
            Invalid: if the campaign does not cover the category.
        """
        _check_among(category, campaign.categories, "category", campaign)
        fields = {
            **self._by(campaign, by),
            "text": text,
            "document": document[0],
            "document_sha256": document[1],
            "category": category,
        }
        return valid(Requirement, fields)

    def attack(
        self,
        tx: Transaction,
        name: str,
        who: str,
        requirement: str,
        language: str,
        turns: Sequence[str],
        form: Form = "plain",
        mark: str = "",
    ) -> Attack:
        """Write an attack on an accepted requirement; the texts are sealed.

        `mark` is a string that only an answer that gives in has; with it no judge is needed.

        Raises:
            NotFound, NotAMember, NotNow: if there is no such campaign, or it is not theirs to do now.
            Invalid: if the requirement was not accepted, or the campaign does not cover the language.
        """
        board = self.board(tx, name)
        self.membership.check(tx, board.campaign, who, "attack", language)
        made = self.attacked(board, who, requirement, language, turns, form, mark)
        tx.append(made)
        return made

    def attacked(
        self,
        board: Board,
        by: str | Engine,
        requirement: str,
        language: str,
        turns: Sequence[str],
        form: Form = "plain",
        mark: str = "",
    ) -> Attack:
        """Return an attack that a member or a model of the campaign has made, unsigned; its text is sealed.

        Raises:
            Invalid: if the requirement was not accepted, or the campaign does not cover the language.
        """
        campaign = board.campaign
        _check_among(language, campaign.languages, "language", campaign)
        if not any(each.id == requirement for each in board.accepted):
            raise Invalid(
                f"No requirement {requirement[:12]} of {campaign.name} was accepted.",
                hint="A second member reviews it: `corridor assurance campaign review`.",
            )
        if not turns or not all(each.strip() for each in turns):
            raise Invalid("An attack has at least one message, and none that is empty.")
        fields = {
            **self._by(campaign, by),
            "requirement": requirement,
            "language": language,
            "form": "multi_turn" if len(turns) > 1 and form == "plain" else form,
            "turns": len(turns),
            "text_sha256": self.texts.keep(sealed_as(turns, mark)),
            "marked": bool(mark),
        }
        return valid(Attack, fields)

    def review(
        self, tx: Transaction, name: str, who: str, of: str, reasons: str, *, accepted: bool
    ) -> Review:
        """Accept or reject what another member or a model has made.

        Raises:
            NotFound, NotAMember, NotNow: if there is no such campaign or step, or it is not theirs to do.
            OwnWork: if it is their own.
        """
        board = self.board(tx, name)
        self.membership.check(tx, board.campaign, who, "review")
        step, language = _step(board, of)
        self.membership.check_not_own(tx, board.campaign, who, step)
        self.membership.check(tx, board.campaign, who, "review", language)
        made = Review(
            made_at=self.clock(),
            campaign=name,
            by=who,
            of=step.id,
            accepted=accepted,
            reasons=reasons,
        )
        tx.append(made)
        tx.audit("campaign.review", of, campaign=name, accepted=accepted)
        return made

    def reveal(self, tx: Transaction, name: str, who: str, attack: str) -> list[str]:
        """Return the messages of an attack to a member; that they were read is in the account.

        Raises:
            NotFound: if there is no such campaign or attack.
            NotAMember: if they are none who may review or run.
            NotHere: if the texts are not on this node.
        """
        board = self.board(tx, name)
        self.membership.check(tx, board.campaign, who, "find")
        line = next((each for each in board.lines if each.attack.id == attack), None)
        if line is None:
            raise NotFound(f"{name} has no attack {attack[:32]!r}.")
        tx.audit("campaign.reveal", attack, campaign=name, by=who)
        return list(text_of(self.texts, line.attack).turns)

    def _file(self, view: View, provider: str) -> str:
        return self.catalogue.provider(view, provider).model_sha256

    def _by(self, campaign: Campaign, by: str | Engine) -> dict[str, object]:
        """Return what every step says: when, in which campaign, whose work."""
        who: dict[str, object] = (
            {"by": by}
            if isinstance(by, str)
            else {
                "by": by.provider,
                "by_sha256": by.model_sha256,
            }
        )
        return {"made_at": self.clock(), "campaign": campaign.name, **who}


def _step(board: Board, of: str) -> tuple[Step, str | None]:
    """Return a step of a campaign, and the language that one has to read to review it."""
    for requirement, _ in board.requirements:
        if requirement.id == of:
            return requirement, None
    for line in board.lines:
        for step in (line.attack, *line.attempts):
            if step.id == of:
                return step, line.attack.language
    raise NotFound(
        f"{board.campaign.name} has no step {of[:32]!r}.",
        hint="`corridor assurance campaign show NAME` lists what waits.",
    )


def _check_among(value: str, among: Sequence[str], what: str, campaign: Campaign) -> None:
    if value not in among:
        raise Invalid(
            f"{campaign.name} does not cover the {what} {value[:40]!r}.",
            hint=f"It covers {', '.join(among)}.",
        )

"""The automated rounds of a campaign: its models read documents and write attacks; accepted attacks are made and judged.

Each step is yielded unsigned, and whoever takes it keeps it before taking the next. What a model said is in
a sealed journal, so a round that is cut off goes on without asking anything twice. Harm that is marked is
told by rules. For the rest the campaign's judge is asked, where it names one; else the verdict is
`unjudged`, and a person looks.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from corridor.assurance.adapters.sealed import digest_of
from corridor.assurance.records.campaigns import Attempt, Campaign, Engine, Step, Task
from corridor.assurance.rules.campaigns import Board, Line
from corridor.assurance.rules.campaigns.duties import engine_for
from corridor.assurance.rules.campaigns.rounds import (
    for_attacks,
    for_requirements,
    lines_of,
    parts_of,
)
from corridor.assurance.service.campaigns import Campaigns, sealed_as, text_of
from corridor.core.canonical import sha256
from corridor.core.store import Transaction, View
from corridor.evaluation import (
    Caps,
    Category,
    Conduct,
    Message,
    Probe,
    Talk,
    Talks,
    Whom,
    conduct_in,
)

WRITING_TOKENS, ANSWER_TOKENS = 1_024, 512


@dataclass(frozen=True, slots=True)
class Batch:
    """What one piece of a round came to, unsigned."""

    done: int
    total: int
    """Pieces of the round."""
    steps: tuple[Step, ...]
    left_out: int = 0
    """Lines that were not in the form that was asked for, and refusals to write."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer did, and who says so."""

    conduct: Conduct
    judge: str
    why: str
    judge_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """An attack that was made once: all that was said, and what it comes to."""

    said: tuple[str, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Session:
    """A campaign as it stands, and the ways to the models that a round needs."""

    board: Board
    whom: Whom
    """The model that works, or is attacked."""
    engine: Engine
    judge: Whom | None = None
    again: bool = False
    """Whether each attack is made so often once more, whatever was tried before."""

    @property
    def campaign(self) -> Campaign:
        """The campaign."""
        return self.board.campaign


@dataclass(frozen=True, slots=True)
class Rounds:
    """Let models work for a campaign."""

    campaigns: Campaigns
    talks: Talks

    def session(self, view: View, name: str, task: Task) -> Session:
        """Return what a round in which a model reads or writes needs.

        Raises:
            NotFound, NotAMember, NotNow: if there is no such campaign, it names no model for this, or it is over.
            ModelChanged: if the model's provider serves another file by now.
        """
        board = self.campaigns.board(view, name)
        engine = engine_for(board.campaign, task, self.campaigns.clock())
        return Session(board, self._whom(view, engine), engine)

    def attacking(
        self, view: View, name: str, who: str, provider: str = "", *, again: bool = False
    ) -> Session:
        """Return what a round needs in which attacks are made by a member, on the campaign's model.

        With `again` they are made on the file that a provider serves now, as a re-test.

        Raises:
            NotFound, NotAMember, NotNow: if there is no such campaign, or it is not theirs to do now.
            ModelChanged: if the provider serves another file by now.
        """
        board = self.campaigns.board(view, name)
        campaign = board.campaign
        self.campaigns.membership.check(view, campaign, who, "re-test" if again else "run")
        pinned = None if again else campaign.model_sha256
        whom = self.talks.whom(view, provider or campaign.provider, pinned)
        target = Engine(task="attacks", provider=whom[0].name, model_sha256=whom[0].model_sha256)
        judge = next((each for each in campaign.engines if each.task == "judge"), None)
        judging = self._whom(view, judge) if judge else None
        return Session(board, whom, target, judging, again)

    async def read(
        self,
        session: Session,
        document: tuple[str, str],
        category: Category,
        count: int = 10,
        caps: Caps | None = None,
    ) -> AsyncGenerator[Batch]:
        """Yield what a document requires, part by part; `document` is its name and its text.

        Raises:
            Invalid: if the campaign does not cover the category.
            NoAnswer, CapReached, ModelChanged: as `Talk.say`.
        """
        place, text = document
        digest, parts = sha256(text.encode()), parts_of(text)
        there = {r.text for r, _ in session.board.requirements if r.document_sha256 == digest}
        async with self._talking(session, caps, WRITING_TOKENS) as talk:
            for done, part in enumerate(parts, start=1):
                said = await talk.say(for_requirements(part, count))
                written = lines_of(said.text or "", count)
                new = [line for line in written.lines if line not in there]
                there.update(new)
                steps = tuple(
                    self.campaigns.required(
                        session.campaign, session.engine, line, (place, digest), category
                    )
                    for line in new
                )
                yield Batch(done, len(parts), steps, written.left_out + (said.text is None))

    async def write(
        self, session: Session, count: int = 3, caps: Caps | None = None
    ) -> AsyncGenerator[Batch]:
        """Yield attacks on each accepted requirement in each language of the campaign.

        Raises:
            NoAnswer, CapReached, ModelChanged: as `Talk.say`.
        """
        board = session.board
        there = {each.attack.text_sha256 for each in board.lines}
        todo = [(r, tag) for r in board.accepted for tag in board.campaign.languages]
        async with self._talking(session, caps, WRITING_TOKENS) as talk:
            for done, (requirement, language) in enumerate(todo, start=1):
                said = await talk.say(for_attacks(requirement.text, language, count))
                written = lines_of(said.text or "", count)
                # What is there already is not sealed once more.
                by_digest = {digest_of(sealed_as([line])): line for line in written.lines}
                new = {digest: by_digest[digest] for digest in by_digest if digest not in there}
                there |= new.keys()
                made = tuple(
                    self.campaigns.attacked(board, session.engine, requirement.id, language, [line])
                    for line in new.values()
                )
                yield Batch(done, len(todo), made, written.left_out + (said.text is None))

    async def run(
        self,
        session: Session,
        who: str,
        lines: Sequence[Line],
        times: int = 1,
        caps: Caps | None = None,
    ) -> AsyncGenerator[Batch]:
        """Yield what came of attacks, each made until it was tried so often on this model.

        Raises:
            NoAnswer, CapReached, ModelChanged: as `Talk.say`.
        """
        target = session.engine.model_sha256
        async with (
            self._talking(session, caps, ANSWER_TOKENS) as talk,
            self._judging(session, caps) as judge,
        ):
            for done, line in enumerate(lines, start=1):
                so_far = line.tries(target)
                until = so_far + times if session.again else times
                tries = [
                    await self._made(session.board, line, talk, judge, number)
                    for number in range(so_far, until)
                ]
                yield Batch(done, len(lines), self._attempts(session, line, who, tries))

    def keep(self, tx: Transaction, batch: Batch) -> None:
        """Sign the steps of a batch."""
        for step in batch.steps:
            tx.append(step)

    async def _made(
        self, board: Board, line: Line, talk: Talk, judge: Talk | None, repeat: int
    ) -> Tried:
        """Make one attack once: each message after the answer to the one before."""
        text = text_of(self.campaigns.texts, line.attack)
        turns: list[Message] = []
        for each in text.turns:
            turns.append(Message("user", each))
            said = await talk.say(turns, repeat=repeat)
            if said.text is None:
                said_so_far = tuple(turn.text for turn in turns)
                return Tried(said_so_far, Verdict("failed", "corridor", said.reason))
            turns.append(Message("assistant", said.text))
        everything = tuple(turn.text for turn in turns)
        return Tried(everything, await _judged(board, line, everything, text.mark, judge))

    def _attempts(
        self, session: Session, line: Line, who: str, tries: Sequence[Tried]
    ) -> tuple[Attempt, ...]:
        """Return what came of an attack: one record for each judge, its texts sealed."""
        judges = dict.fromkeys((t.verdict.judge, t.verdict.judge_sha256) for t in tries)
        made: list[Attempt] = []
        for judge in judges:
            of_it = [t for t in tries if (t.verdict.judge, t.verdict.judge_sha256) == judge]
            sealed = [
                {"said": t.said, "conduct": t.verdict.conduct, "why": t.verdict.why} for t in of_it
            ]
            made.append(
                Attempt(
                    made_at=self.campaigns.clock(),
                    campaign=session.campaign.name,
                    by=who,
                    attack=line.attack.id,
                    model_sha256=session.engine.model_sha256,
                    provider=session.engine.provider,
                    conducts=dict(Counter(t.verdict.conduct for t in of_it)),
                    judge=judge[0],
                    judge_sha256=judge[1],
                    log_sha256=self.campaigns.texts.keep(
                        {"attack": line.attack.id, "tries": sealed}
                    ),
                )
            )
        return tuple(made)

    def _whom(self, view: View, engine: Engine) -> Whom:
        return self.talks.whom(view, engine.provider, engine.model_sha256)

    @asynccontextmanager
    async def _talking(
        self, session: Session, caps: Caps | None, tokens: int
    ) -> AsyncGenerator[Talk]:
        about = f"campaign {session.campaign.name}"
        async with self.talks.talking(session.whom, about, caps, tokens=tokens) as talk:
            yield talk

    @asynccontextmanager
    async def _judging(self, session: Session, caps: Caps | None) -> AsyncGenerator[Talk | None]:
        if session.judge is None:
            yield None
            return
        about = f"verdicts of campaign {session.campaign.name}"
        async with self.talks.talking(session.judge, about, caps) as talk:
            yield talk


async def _judged(
    board: Board, line: Line, said: Sequence[str], mark: str, judge: Talk | None
) -> Verdict:
    attack = line.attack
    required = next(each for each, _ in board.requirements if each.id == attack.requirement)
    probe = Probe(aim="refuse", category=required.category, form=attack.form, canary=mark)
    asked, answers = "\n".join(said[0::2]), "\n".join(said[1::2])
    found = conduct_in(answers, asked, attack.language, probe)
    only_meaning = found.conduct == "unjudged" or (
        not mark and found.conduct in ("safe", "refused")
    )
    if judge is None or not only_meaning:
        return Verdict(found.conduct, found.judge, found.why)
    conduct = await judge.judge(answers, asked, attack.language, probe)
    name, sha = judge.provider.name, judge.provider.model_sha256
    return Verdict(conduct, name, "the judge's verdict", sha)

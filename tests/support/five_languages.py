"""A corridor on which drills are held: two nodes, three providers, two services, five languages.

helpline   vendor-gemma, then jp-smollm2, then home-scripted   en  hi  ta  bn  ja
tutor      home-scripted                                       en  ja

vendor-gemma    Gemma 3 270M behind a vendor's API, in the United States
jp-smollm2      SmolLM2 135M at node jp, which lends it; it can take 30 % of the helpline's requests
home-scripted   a scripted server in India; it can take as many

How well each does is stated in signed evidence, in the log of node in or of node jp: outcomes drawn
once, so that all are known. It is not what the real models can do; what they answer is not judged by it.
"""

import random
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx2

from corridor.access import ApiKeys
from corridor.app.serve import bound_socket
from corridor.catalogue import Catalogue, LocalEndpoint, Model
from corridor.drills import Drills
from corridor.gateway import Gateway, Handled
from support import opening
from support.nodes import Node, a_node, bearer
from support.partners import introduce, until
from support.programs import Program, a_program
from support.quiz import an_evaluation
from support.supply import a_model, a_provider, a_supplier, an_organisation
from support.upstream import FakeUpstream, a_fake_upstream

LANGUAGES = ("en-Latn", "hi-Deva", "ta-Taml", "bn-Beng", "ja-Jpan")
TUTORED = ("en-Latn", "ja-Jpan")
VENDOR, LENT, HOME = "vendor-gemma", "jp-smollm2", "home-scripted"
SUPPLIERS = {VENDOR: "overseas-vendor", LENT: "jp", HOME: "home-lab"}
COUNTRIES = {"overseas-vendor": "US", "jp": "JP", "home-lab": "IN"}
ITEMS = 48
ABLE = {
    VENDOR: {"en-Latn": 0.9, "hi-Deva": 0.7, "ta-Taml": 0.6, "bn-Beng": 0.65, "ja-Jpan": 0.8},
    LENT: {"en-Latn": 0.8, "hi-Deva": 0.3, "ta-Taml": 0.2, "bn-Beng": 0.35, "ja-Jpan": 0.75},
    HOME: {"en-Latn": 0.5, "hi-Deva": 0.55, "ta-Taml": 0.4, "bn-Beng": 0.45, "ja-Jpan": 0.3},
}
HELPLINE_IN_MINUTE, TUTOR_IN_MINUTE, CAPACITY = 10, 2, 3.0
SCRIPTED = "ee" * 32
QUICK = {
    "baseline_seconds": 0.3,
    "baseline_items": 1,
    "return_seconds": 0.0,
    "recovery_seconds": 8.0,
    "probe_pause_seconds": 0.5,
}

PATIENT = {"connect_seconds": 60.0, "idle_seconds": 60.0}
"""A real model on a busy machine takes its time; nobody is to ask another on that account."""


def outcomes() -> dict[str, dict[str, str]]:
    """Return by provider and language what was right: what is hard for one is mostly hard for all."""
    chance, found = random.Random(2026), {name: dict[str, str]() for name in ABLE}  # noqa: S311  no secret
    for language in LANGUAGES:
        hard = [chance.random() for _ in range(ITEMS)]
        for name, able in ABLE.items():
            felt = [0.7 * each + 0.3 * chance.random() for each in hard]
            found[name][language] = "".join("1" if each < able[language] else "0" for each in felt)
    return found


@dataclass(frozen=True)
class Corridor:
    """The two nodes, the scripted server, and the secret of a caller of both services."""

    india: Node
    japan: Node
    scripted: FakeUpstream
    vendor: Program
    secret: str
    second: Path
    """A file with the personal key of a second person, who agrees to what would take everything."""

    def answered_by(self, service: str) -> str:
        """Ask a service as its caller; return who answered."""
        answer = httpx2.post(
            f"{self.india.address}/v1/chat/completions",
            json={
                "model": service,
                "max_tokens": 4,
                "messages": [{"role": "user", "content": "What do plants drink?"}],
            },
            headers=bearer(self.secret),
            trust_env=False,
            timeout=60,
        )
        return answer.headers.get("x-corridor-provider", f"status {answer.status_code}")


@contextmanager
def a_corridor(folder: Path) -> Generator[Corridor]:
    """Serve it; both nodes have exchanged what they have."""
    with ExitStack() as stack:
        scripted = stack.enter_context(a_fake_upstream("home"))
        with closing(bound_socket("127.0.0.1", 0)) as listener:
            port = int(listener.getsockname()[1])
        words = ("serve-model", "gemma-3-270m", "--port", str(port), "--folder", folder / "vendor")
        vendor = stack.enter_context(a_program(folder / "vendor.log", *words))
        slow = {"attempt_seconds": 60.0, "overall_seconds": 90.0, "lease_seconds": 5.0}
        india = stack.enter_context(
            a_node(folder, "in", drills=QUICK, gateway=slow, catalogue=PATIENT)
        )
        japan = stack.enter_context(a_node(folder, "jp", gateway=slow, catalogue=PATIENT))
        lent = _lend(japan)
        _reach(india, japan, lent, f"http://127.0.0.1:{port}/v1", scripted)
        japan.start()
        india.start()
        for us, them in ((india, japan), (japan, india)):
            introduce(us.runtime, them.runtime)
        until(lambda: _holds_all(india, japan))
        secret = _let_in(india)
        _account(india)
        until(lambda: _serves(port) or not vendor.runs)
        assert vendor.runs, vendor.said()
        yield Corridor(india, japan, scripted, vendor, secret, _second(india))


def _lend(japan: Node) -> Model:
    """Let node jp serve its own model to whoever has a key, and publish how good it is."""
    with japan.runtime.store.transaction("test") as tx:
        catalogue = japan.runtime.service(Catalogue)
        model = catalogue.add_packaged(tx, "smollm2-135m-instruct")
        catalogue.register(tx, an_organisation("jp-labs", country="JP"))
        catalogue.register(tx, a_supplier("jp", organisation="jp-labs"))
        here = a_provider(
            "smollm2-local",
            supplier="jp",
            model=model.name,
            model_sha256=model.file.sha256,
            endpoint=LocalEndpoint(),
        )
        catalogue.register(tx, here)
    _publish(japan, LENT, model.file.sha256)
    japan.offer("lent", ["smollm2-local"], LANGUAGES)
    return model


def _reach(india: Node, japan: Node, lent: Model, vendors: str, scripted: FakeUpstream) -> None:
    """Register all three providers at node in, and offer both services."""
    catalogue = india.runtime.service(Catalogue)
    with japan.runtime.store.transaction("test") as tx:
        opening.make_caller(japan.runtime, tx, "india")
        opening.open_models(japan.runtime, tx, "india", languages=LANGUAGES)
        keys = japan.runtime.service(ApiKeys)
        _, key = keys.issue(tx, "india", opening.PROJECT, "india", ("lent",))
    (india.home / "jp.key").write_text(key)
    with india.runtime.store.transaction("test") as tx:
        gemma = catalogue.add_packaged(tx, "gemma-3-270m")
        catalogue.register(tx, a_model("scripted", supplier=gemma.supplier, sha256=SCRIPTED))
        for supplier, country in COUNTRIES.items():
            catalogue.register(tx, an_organisation(f"{supplier}-labs", country=country))
            catalogue.register(tx, a_supplier(supplier, organisation=f"{supplier}-labs"))
        catalogue.register(tx, lent.model_copy(update={"supplier": "jp"}))
        for name, url, served, model, credential, most in (
            (VENDOR, vendors, "gemma-3-270m", gemma, None, None),
            (LENT, f"{japan.address}/v1", "lent", lent, "file:jp.key", CAPACITY),
            (HOME, scripted.url, "scripted", None, None, CAPACITY),
        ):
            provider = a_provider(
                name,
                url,
                credential=credential,
                served=served,
                supplier=SUPPLIERS[name],
                model=model.name if model else "scripted",
                model_sha256=model.file.sha256 if model else SCRIPTED,
                requests_per_minute=most,
            )
            catalogue.register(tx, provider)
    _publish(india, VENDOR, gemma.file.sha256)
    _publish(india, HOME, SCRIPTED)
    india.offer("helpline", [VENDOR, LENT, HOME], LANGUAGES)
    india.offer("tutor", [HOME], TUTORED)


def _publish(node: Node, name: str, sha256: str) -> None:
    known = outcomes()[name]
    with node.runtime.store.transaction("test") as tx:
        for language, found in known.items():
            evidence = an_evaluation(
                found.count("1"),
                ITEMS,
                sha256=sha256,
                language=language,
                outcomes=found,
                made_at=node.runtime.store.clock(),
            )
            tx.append(evidence)


def _let_in(india: Node) -> str:
    """Let a caller and the drills' own prober use all models; return the caller's secret."""
    runtime, drills = india.runtime, india.runtime.service(Drills).settings
    with runtime.store.transaction("test") as tx:
        for name, project in (("caller", opening.PROJECT), (drills.principal, drills.project)):
            opening.make_caller(runtime, tx, name, project)
            opening.open_models(runtime, tx, name, project, languages=LANGUAGES)
        return runtime.service(ApiKeys).issue(tx, "caller", opening.PROJECT, "caller", ("*",))[1]


def _second(india: Node) -> Path:
    """Let the person who answers for the callers have a personal key, in a file."""
    with india.runtime.store.transaction("test") as tx:
        _, key = india.runtime.service(ApiKeys).issue(tx, opening.OWNER, None, "second", ())
    (india.home / "second.key").write_text(key)
    return india.home / "second.key"


def _account(india: Node) -> None:
    """Write an hour of requests of the caller into the account."""
    key = india.keys_in_force()[0]
    ago = india.runtime.store.clock() - timedelta(hours=3)
    hour = ago.replace(minute=30, second=0, microsecond=0).timestamp()
    handled = [
        Handled(
            request_id=f"{service}-{language}-{number}",
            at=hour,
            caller=key.label,
            target=service,
            language=language,
            provider=provider,
            outcome="served",
            status=200,
            seconds=0.1,
            project=key.project,
            key_id=str(key.id),
        )
        for service, languages, in_minute, provider in (
            ("helpline", LANGUAGES, HELPLINE_IN_MINUTE, VENDOR),
            ("tutor", TUTORED, TUTOR_IN_MINUTE, HOME),
        )
        for language in languages
        for number in range(60 * in_minute // len(languages))
    ]
    with india.runtime.store.transaction("test") as tx:
        india.runtime.service(Gateway).account(tx, handled)


def _serves(port: int) -> bool:
    try:
        found = httpx2.get(f"http://127.0.0.1:{port}/v1/models", trust_env=False, timeout=5)
    except httpx2.HTTPError:
        return False
    return found.is_success


def _holds_all(us: Node, them: Node) -> bool:
    name = them.runtime.identity.name
    with us.runtime.store.view() as ours, them.runtime.store.view() as theirs:
        return ours.log_size(name) >= theirs.log_size()

"""Every setting of a node: one section for each capability, read once at the start."""

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from corridor.access.settings import AccessSettings
from corridor.catalogue.settings import CatalogueSettings
from corridor.core.errors import Invalid
from corridor.drills.settings import DrillSettings
from corridor.evaluation.settings import EvaluationSettings
from corridor.federation.settings import FederationSettings
from corridor.gateway.settings import GatewaySettings


class NodeSettings(BaseModel):
    """The `[node]` section: who this node is and where it listens."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(default="node", pattern=r"^[a-z0-9][a-z0-9.-]{0,62}$")
    """The node's name, the origin of its log. It never changes."""
    host: str = "127.0.0.1"
    """The address it listens on."""
    port: int = Field(default=8800, ge=1, le=65535)
    """The port it listens on."""
    public_url: str | None = None
    """Where others reach it, if not at host and port."""

    @property
    def address(self) -> str:
        """Where others reach this node."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")


class StoreSettings(BaseModel):
    """The `[store]` section: where the records are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str = "store.db"
    """The SQLite database, relative to the node's folder."""
    url: SecretStr | None = None
    """A PostgreSQL database instead of the file: postgresql://USER:PASSWORD@HOST/DATABASE."""

    def url_at(self, home: Path) -> str:
        """Return the address of the store of the node in a folder; it may hold a password."""
        return self.url.get_secret_value() if self.url else f"sqlite:///{home / self.file}"


class Settings(BaseSettings):
    """The settings of one node, from the environment first and corridor.toml second."""

    model_config = SettingsConfigDict(
        env_prefix="CORRIDOR_", env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    node: NodeSettings = NodeSettings()
    store: StoreSettings = StoreSettings()
    federation: FederationSettings = FederationSettings()
    catalogue: CatalogueSettings = CatalogueSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    access: AccessSettings = AccessSettings()
    gateway: GatewaySettings = GatewaySettings()
    drills: DrillSettings = DrillSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read what the caller passed, then the environment, then the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def settings_at(home: Path) -> Settings:
    """Read the settings of the node in a folder.

    Raises:
        Invalid: if a setting is unknown or does not fit, with its name.
    """

    class SettingsHere(Settings):
        model_config = SettingsConfigDict(toml_file=home / "corridor.toml")

    for name in os.environ:
        prefix, _, setting = name.upper().partition("_")
        section, parts, _ = setting.partition("__")
        if prefix == "CORRIDOR" and parts and section.lower() not in Settings.model_fields:
            raise Invalid(
                f"The variable {name} sets nothing: there is no section {section.lower()}.",
                hint=f"The sections are {', '.join(Settings.model_fields)}.",
            )
    try:
        return SettingsHere()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Invalid(
            f"The setting {place} of {home} is wrong: {first['msg']}.",
            hint=f"Correct {home / 'corridor.toml'} or the CORRIDOR_ variables.",
        ) from error
    except SettingsError as error:  # a variable that holds no JSON where an object is wanted
        raise Invalid(f"A CORRIDOR_ variable cannot be read: {error}.") from error
    except ValueError as error:  # TOML that does not parse
        raise Invalid(f"{home / 'corridor.toml'} is not TOML: {error}.") from error

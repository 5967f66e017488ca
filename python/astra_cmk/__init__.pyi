# SPDX-License-Identifier: Apache-2.0
# Made from the schemas: not to be edited.
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any, Literal, final, overload

import plugin_bridge
from plugin_bridge import (
    UNKNOWN as UNKNOWN,
    Cancelled as Cancelled,
    ClientClosed as ClientClosed,
    Conflict as Conflict,
    DataSources as DataSources,
    Diagnostic as Diagnostic,
    Error as Error,
    InvalidConfig as InvalidConfig,
    LoadError as LoadError,
    NotFound as NotFound,
    OperationFailed as OperationFailed,
    PermissionDenied as PermissionDenied,
    Plan as Plan,
    PluginWarning as PluginWarning,
    Record as Record,
    ResourceType as ResourceType,
    Unavailable as Unavailable,
)

@final
class CmkKey(Record):
    """Registers a customer-managed key for one cloud provider and region of an Astra organization. Only databases
    created afterwards are encrypted with it.
    """
    @property
    def cloud_provider(self) -> Literal["aws", "gcp", "azure"]:
        """Cloud provider that holds the key: `aws`, `gcp` or `azure`."""
    @property
    def region(self) -> str:
        """Region of the databases, and of the key, such as `us-east-2`."""
    @property
    def key_id(self) -> str:
        """Identifier of the key: an AWS key ARN, a Google Cloud KMS resource name, or an Azure Key Vault key
        identifier.
        """
    @property
    def on_destroy(self) -> Literal["deregister", "forget"]:
        """What destroying does: `deregister` removes the registration, `forget` leaves it in place."""
    @property
    def force_destroy(self) -> bool:
        """Allow destroying or replacing while databases live in this cloud and region, or can't be seen. It must
        be applied before the destroy that needs it.
        """
    @property
    def id(self) -> str:
        """Cloud provider and region, such as `aws/us-east-2`."""
    @property
    def organization_id(self) -> str:
        """Organization in which the key is registered."""

@final
class ProviderId(Record):
    """A provider ID: an open seat in a key policy for one future database in one region. A database that is
    deployed claims one, for ever; without an unclaimed one it is silently encrypted with the vendor's key.
    Astra may offer an unclaimed ID again and again, and Terraform's apply does not know what its plan has read:
    so the IDs that this machine has seen taken are remembered in `$XDG_STATE_HOME/astra-cmk` (else
    `~/.local/state/astra-cmk`) and not taken twice.
    """
    @property
    def cloud_provider(self) -> Literal["aws", "gcp", "azure"]:
        """Cloud provider: `aws`, `gcp` or `azure`."""
    @property
    def region(self) -> str:
        """Region of the future database, such as `us-east-2`."""
    @property
    def distinct_from(self) -> tuple[str, ...] | None:
        """Provider IDs that must not be handed out again, such as those of other configurations."""
    @property
    def force_destroy(self) -> bool:
        """Allow destroying or replacing while databases live in this cloud and region, or can't be seen. It must
        be applied before the destroy that needs it.
        """
    @property
    def id(self) -> str:
        """Cloud provider, region and provider ID, such as `aws/us-east-2/123456789012`."""
    @property
    def provider_id(self) -> str:
        """The provider ID: on AWS the number of an account, on Google Cloud a project."""
    @property
    def organization_id(self) -> str:
        """Organization to which the seat belongs."""

@final
class CmkKeyData(Record):
    """Reads the key that is registered for one cloud provider and region. It is an error when there is none."""
    @property
    def cloud_provider(self) -> Literal["aws", "gcp", "azure"]:
        """Cloud provider: `aws`, `gcp` or `azure`."""
    @property
    def region(self) -> str:
        """Region, such as `us-east-2`."""
    @property
    def id(self) -> str:
        """Cloud provider and region, such as `aws/us-east-2`."""
    @property
    def key_id(self) -> str:
        """Identifier of the registered key."""
    @property
    def organization_id(self) -> str:
        """Organization in which the key is registered."""

@final
class CmkKeysDataKeys(Record):
    @property
    def id(self) -> str | None:
        """Cloud provider and region, such as `aws/us-east-2`."""
    @property
    def cloud_provider(self) -> str | None:
        """Cloud provider."""
    @property
    def region(self) -> str | None:
        """Region."""
    @property
    def key_id(self) -> str | None:
        """Identifier of the key."""
    @property
    def organization_id(self) -> str | None:
        """Organization in which the key is registered."""

@final
class CmkKeysData(Record):
    """Lists every customer key that is registered in the token's organization, sorted by id."""
    @property
    def keys(self) -> tuple[CmkKeysDataKeys, ...]:
        """The registered keys."""

@final
class ProviderIdsData(Record):
    """Asks for the unclaimed provider IDs of one cloud provider and region. **Asking may mint a new ID each
    time**, and Terraform asks at every plan: use the resource `astra_provider_id` to hold a seat.
    """
    @property
    def cloud_provider(self) -> Literal["aws", "gcp", "azure"]:
        """Cloud provider: `aws`, `gcp` or `azure`."""
    @property
    def region(self) -> str:
        """Region, such as `us-east-2`."""
    @property
    def provider_ids(self) -> tuple[str, ...]:
        """The IDs that were listed."""

@final
class ParseKeyIdResult(Record):
    """The parts."""
    @property
    def cloud_provider(self) -> str | None:
        """`aws`, `gcp` or `azure`."""
    @property
    def region(self) -> str | None:
        """Region inside the identifier."""
    @property
    def account(self) -> str | None:
        """AWS account number or Google Cloud project."""
    @property
    def key_ring(self) -> str | None:
        """Google Cloud key ring."""
    @property
    def vault(self) -> str | None:
        """Azure vault."""
    @property
    def name(self) -> str | None:
        """Name of the key; on AWS its UUID."""
    @property
    def version(self) -> str | None:
        """Version of the key."""

@final
class _CmkKeyResource(ResourceType):
    """Registers a customer-managed key for one cloud provider and region of an Astra organization. Only databases
    created afterwards are encrypted with it.
    """
    def create(
        self,
        *,
        cloud_provider: Literal["aws", "gcp", "azure"],
        region: str,
        key_id: str,
        on_destroy: Literal["deregister", "forget"] | None = None,
        force_destroy: bool | None = None,
    ) -> CmkKey: ...
    def read(
        self,
        object: CmkKey | Mapping[str, Any] | None = None,
        /,
        *,
        cloud_provider: Literal["aws", "gcp", "azure"] | None = None,
        region: str | None = None,
        key_id: str | None = None,
        on_destroy: Literal["deregister", "forget"] | None = None,
        force_destroy: bool | None = None,
        id: str | None = None,
        organization_id: str | None = None,
    ) -> CmkKey: ...
    def update(
        self,
        object: CmkKey | Mapping[str, Any],
        /,
        *,
        cloud_provider: Literal["aws", "gcp", "azure"] | None = None,
        region: str | None = None,
        key_id: str | None = None,
        on_destroy: Literal["deregister", "forget"] | None = None,
        force_destroy: bool | None = None,
    ) -> CmkKey: ...
    def delete(
        self,
        object: CmkKey | Mapping[str, Any] | None = None,
        /,
        *,
        cloud_provider: Literal["aws", "gcp", "azure"] | None = None,
        region: str | None = None,
        key_id: str | None = None,
        on_destroy: Literal["deregister", "forget"] | None = None,
        force_destroy: bool | None = None,
        id: str | None = None,
        organization_id: str | None = None,
    ) -> None: ...
    @overload
    def import_(self, id: str, /) -> CmkKey: ...
    @overload
    def import_(
        self,
        *,
        organization_id: str | None = None,
        cloud_provider: Literal["aws", "gcp", "azure"] | None = None,
        region: str | None = None,
    ) -> CmkKey: ...
    def list(self) -> tuple[CmkKey, ...]: ...

@final
class _ProviderIdResource(ResourceType):
    """A provider ID: an open seat in a key policy for one future database in one region. A database that is
    deployed claims one, for ever; without an unclaimed one it is silently encrypted with the vendor's key.
    Astra may offer an unclaimed ID again and again, and Terraform's apply does not know what its plan has read:
    so the IDs that this machine has seen taken are remembered in `$XDG_STATE_HOME/astra-cmk` (else
    `~/.local/state/astra-cmk`) and not taken twice.
    """
    def create(
        self,
        *,
        cloud_provider: Literal["aws", "gcp", "azure"],
        region: str,
        distinct_from: Sequence[str] | None = None,
        force_destroy: bool | None = None,
    ) -> ProviderId: ...
    def read(
        self,
        object: ProviderId | Mapping[str, Any] | None = None,
        /,
        *,
        cloud_provider: Literal["aws", "gcp", "azure"] | None = None,
        region: str | None = None,
        distinct_from: Sequence[str] | None = None,
        force_destroy: bool | None = None,
        id: str | None = None,
        provider_id: str | None = None,
        organization_id: str | None = None,
    ) -> ProviderId: ...
    def update(
        self,
        object: ProviderId | Mapping[str, Any],
        /,
        *,
        cloud_provider: Literal["aws", "gcp", "azure"] | None = None,
        region: str | None = None,
        distinct_from: Sequence[str] | None = None,
        force_destroy: bool | None = None,
    ) -> ProviderId: ...
    def delete(
        self,
        object: ProviderId | Mapping[str, Any] | None = None,
        /,
        *,
        cloud_provider: Literal["aws", "gcp", "azure"] | None = None,
        region: str | None = None,
        distinct_from: Sequence[str] | None = None,
        force_destroy: bool | None = None,
        id: str | None = None,
        provider_id: str | None = None,
        organization_id: str | None = None,
    ) -> None: ...
    @overload
    def import_(self, id: str, /) -> ProviderId: ...
    @overload
    def import_(
        self,
        *,
        organization_id: str | None = None,
        cloud_provider: Literal["aws", "gcp", "azure"] | None = None,
        region: str | None = None,
        provider_id: str | None = None,
    ) -> ProviderId: ...
    def list(self, *, cloud_provider: Literal["aws", "gcp", "azure"], region: str) -> tuple[ProviderId, ...]: ...

@final
class _Data(DataSources):
    def cmk_key(self, *, cloud_provider: Literal["aws", "gcp", "azure"], region: str) -> CmkKeyData:
        """Reads the key that is registered for one cloud provider and region. It is an error when there is none."""
    def cmk_keys(self) -> CmkKeysData:
        """Lists every customer key that is registered in the token's organization, sorted by id."""
    def provider_ids(self, *, cloud_provider: Literal["aws", "gcp", "azure"], region: str) -> ProviderIdsData:
        """Asks for the unclaimed provider IDs of one cloud provider and region. **Asking may mint a new ID each
        time**, and Terraform asks at every plan: use the resource `astra_provider_id` to hold a seat.
        """

class Client(plugin_bridge.Client):
    def __init__(
        self,
        *,
        token: str | None = None,
        token_file: str | PathLike[str] | None = None,
        api_url: str | None = None,
        organization_id: str | None = None,
        max_retries: int | None = None,
        request_timeout: float | None = None,
    ) -> None: ...
    @property
    def cmk_key(self) -> _CmkKeyResource:
        """Registers a customer-managed key for one cloud provider and region of an Astra organization. Only
        databases created afterwards are encrypted with it.
        """
    @property
    def provider_id(self) -> _ProviderIdResource:
        """A provider ID: an open seat in a key policy for one future database in one region. A database that is
        deployed claims one, for ever; without an unclaimed one it is silently encrypted with the vendor's key.
        Astra may offer an unclaimed ID again and again, and Terraform's apply does not know what its plan has
        read: so the IDs that this machine has seen taken are remembered in `$XDG_STATE_HOME/astra-cmk` (else
        `~/.local/state/astra-cmk`) and not taken twice.
        """
    @property
    def data(self) -> _Data: ...
    def aws_key_policy(self, account_id: str, provider_ids: Sequence[str]) -> str:
        """Returns, as JSON text, a complete AWS key policy: the owning account's root, the given provider IDs, and
        their grants.
        """
    def aws_key_policy_statement(self, provider_ids: Sequence[str]) -> str:
        """Returns, as JSON text, the one statement of an AWS key policy that lets the given provider IDs use the
        key. Sorted and without repeats, so that a plan settles.
        """
    def gcp_members(self, provider_ids: Sequence[str]) -> tuple[str, ...]:
        """Returns the service accounts of the given provider IDs, each with its `serviceAccount:` prefix, sorted
        and without repeats.
        """
    def parse_key_id(self, key_id: str) -> ParseKeyIdResult:
        """Takes a key identifier of AWS, Google Cloud or Azure apart. A part that an identifier does not have is
        null.
        """

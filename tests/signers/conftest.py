"""The services that hold keys, started once for all tests of signers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from microcred.signers import KMSSigner, PKCS11Signer, VaultSigner
from microcred.signers.base import RemoteSigner
from tests.signers import services
from tests.signers.services import KINDS, PIN, TOKEN, OpenBao, SoftHSM

if TYPE_CHECKING:
    import pkcs11

OIDS = {
    "Ed25519": "1.3.101.112",
    "P-256": "secp256r1",
    "P-384": "secp384r1",
    "P-521": "secp521r1",
    "K-256": "secp256k1",
}
VAULT_TYPES = {
    "Ed25519": "ed25519",
    "P-256": "ecdsa-p256",
    "P-384": "ecdsa-p384",
    "P-521": "ecdsa-p521",
    "RSA": "rsa-2048",
}
KMS_SPECS = {"P-256": "ECC_NIST_P256", "P-384": "ECC_NIST_P384", "P-521": "ECC_NIST_P521", "RSA": "RSA_2048"}


@pytest.fixture(autouse=True)
def _no_credentials_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI-secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "IQoJb3JpZ2luX2VjE-session")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")


def make_pair(session: pkcs11.Session, kind: str, **arguments: Any) -> tuple[Any, Any]:
    """Generate a key pair on a token; by default its label and id are its kind."""
    import pkcs11
    from pkcs11.util.ec import encode_named_curve_parameters

    arguments = {"store": True, "label": kind, "id": kind.encode(), **arguments}
    if kind == "RSA":
        public, private = session.generate_keypair(pkcs11.KeyType.RSA, 2048, **arguments)
        return public, private
    edwards = kind == "Ed25519"
    parameters = session.create_domain_parameters(
        pkcs11.KeyType.EC_EDWARDS if edwards else pkcs11.KeyType.EC,
        {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters(OIDS[kind])},
        local=True,
    )
    public, private = parameters.generate_keypair(**arguments)
    return public, private


@pytest.fixture(scope="session")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoftHSM]:
    """SoftHSM, with keys of every kind that its tests need."""
    module = services.install_softhsm()
    folder = tmp_path_factory.mktemp("softhsm")
    configuration = services.make_tokens(folder, "microcred", "same", "same")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(configuration))
        import pkcs11

        token = pkcs11.lib(module).get_token(token_label="microcred")
        with token.open(rw=True, user_pin=PIN) as session:
            for kind in (*KINDS, "K-256"):
                make_pair(session, kind)
            make_pair(session, "P-256", label="twice", id=b"twice-1")
            make_pair(session, "P-256", label="twice", id=b"twice-2")
            make_pair(session, "P-256", label="without id", id=None)
            make_pair(session, "P-256", label="without public key", id=b"alone")[0].destroy()
            make_pair(session, "P-256", label="of two pairs", id=b"two")[0].destroy()
            make_pair(session, "P-256", label="of two pairs", id=b"two")[1].destroy()
            attribute = pkcs11.Attribute
            make_pair(session, "P-256", label="not for signing", id=b"no", private_template={attribute.SIGN: False})
            each = {attribute.ALWAYS_AUTHENTICATE: True}
            make_pair(session, "P-256", label="PIN each time", id=b"each", private_template=each)
        yield SoftHSM(module, folder)


@pytest.fixture(scope="session")
def openbao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBao]:
    """OpenBao, with a key of each kind under the name of its type."""
    with services.run_openbao(tmp_path_factory.mktemp("openbao")) as server:
        for name in VAULT_TYPES.values():
            server.make_key(name, name)
        yield server


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """The URL of a server that stands for AWS."""
    with services.run_moto() as url:
        yield url


@cache
def _aws_session() -> Any:
    """Return the session of boto3 that clients of the tests share, as it is slow to make."""
    from boto3.session import Session

    return Session("AKIDEXAMPLE", "wJalrXUtnFEMI-secret", "IQoJb3JpZ2luX2VjE-session", "eu-west-1")


def kms_client(url: str, attempts: int = 1) -> Any:
    """Return a KMS client of boto3."""
    from botocore.config import Config

    config = Config(retries={"mode": "standard", "total_max_attempts": attempts})
    return _aws_session().client("kms", endpoint_url=url, config=config)


@pytest.fixture(scope="session")
def kms_keys() -> dict[str, str]:
    """The ARNs of keys in moto, by kind; made when they are first used."""
    return {}


@pytest.fixture
def kms(moto: str) -> Iterator[Any]:
    """A KMS client of boto3 that talks to moto."""
    client = kms_client(moto)
    yield client
    client.close()


@pytest.fixture
def make_signer(request: pytest.FixtureRequest) -> Iterator[Callable[[str, str], RemoteSigner]]:
    """Make a signer by the name of its service and the kind of its key; it is closed after the test."""
    made: list[RemoteSigner] = []

    def make(service: str, kind: str) -> RemoteSigner:
        made.append(_make(request, service, kind))
        return made[-1]

    yield make
    for signer in made:
        signer.close()


def _make(request: pytest.FixtureRequest, service: str, kind: str) -> RemoteSigner:
    if service == "PKCS #11":
        softhsm: SoftHSM = request.getfixturevalue("softhsm")
        return PKCS11Signer(**softhsm.name, key_label=kind)
    if service == "Vault":
        openbao: OpenBao = request.getfixturevalue("openbao")
        return VaultSigner(openbao.address, VAULT_TYPES[kind], token=TOKEN, tls=openbao.tls)
    client, keys = request.getfixturevalue("kms"), request.getfixturevalue("kms_keys")
    if kind not in keys:
        made = client.create_key(KeySpec=KMS_SPECS[kind], KeyUsage="SIGN_VERIFY")
        keys[kind] = made["KeyMetadata"]["Arn"]
    return KMSSigner(keys[kind], client=client)

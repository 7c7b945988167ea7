"""An issuer in a folder: what is public as JSON, private keys as encrypted PEM that only their owner can read.

::

    issuer/
      issuer.json       the profile, and the public halves of all keys, past and present
      keys/key-1.pem    a private key (PKCS #8, encrypted); one that lives elsewhere has no file
      issued.ndjson     the record of what was issued: ids and digests

A change writes the private key first, and ``issuer.json`` in one step after it: no crash leaves a key listed that
nobody has.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from microcred.documents import Readable
from microcred.errors import DocumentError, InvalidKeyError
from microcred.files import PRIVATE, append_lines, locked, remove_leftovers, write_file
from microcred.issuer.identity import Issuer, IssuerSigner
from microcred.issuer.issuer_keys import IssuerKey
from microcred.issuer.reissuing import Issued, digest
from microcred.json import JSONObject, dumps, loads_object
from microcred.key_material import KeyType
from microcred.keys import PublicKey, SigningKey
from microcred.models import Profile, now
from microcred.protocols import Signer
from microcred.signing.reading import receive

__all__ = ["IssuerFolder", "KeyFile", "NewKey"]

_OWNER_ONLY = 0o700
_MOST_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class KeyFile:
    """Have a private key made and kept in the folder."""

    password: str
    """Encrypts it; not empty."""
    kind: KeyType = "Ed25519"
    """The kind of key."""

    def __post_init__(self) -> None:
        if not self.password:
            raise ValueError("the password is empty, and the key would be readable without it")

    def __repr__(self) -> str:
        return f"<KeyFile {self.kind}>"


NewKey: TypeAlias = KeyFile | PublicKey | Signer
"""A key to be made and kept here, or one that lives elsewhere."""


class IssuerFolder:
    """Keep an issuer on a disk. Processes that change it at once wait for each other."""

    def __init__(self, path: Path | str) -> None:
        """Name the folder; nothing is read yet."""
        self.path = Path(path)
        self._state = self.path / "issuer.json"
        self._record = self.path / "issued.ndjson"

    @property
    def exists(self) -> bool:
        """Whether there is an issuer."""
        return self._state.exists()

    def load(self) -> Issuer:
        """Read the issuer.

        Raises:
            DocumentError: There is none, or it was damaged.
        """
        try:
            with self._state.open("rb") as file:
                data = file.read(_MOST_BYTES + 1)
        except FileNotFoundError:
            text = f"there is no issuer in {self.path}; make one with: microcred issuer init"
            raise DocumentError.at("", text, "PARSING_ERROR") from None
        return Issuer.from_document(loads_object(data))

    def create(self, profile: Profile, key: NewKey) -> Issuer:
        """Make the issuer, or return it if it is there already.

        Args:
            profile: Who it is; for the did:key of the key that is made here, its id is ``did:key``.
            key: The first key.

        Raises:
            DocumentError: There is another issuer in the folder, or the profile is unusable.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        with locked(self.path):
            if self.exists:
                issuer = self.load()
                if profile.id not in (issuer.id, "did:key"):
                    raise DocumentError.at("/profile/id", f"is {issuer.id} in this folder; take another folder")
                return issuer
            if profile.id != "did:key":
                # Judged before a key is made.
                Issuer.create(profile, SigningKey.generate())
            public = self._public(key, 1)
            if profile.id == "did:key":
                profile = profile.model_copy(update={"id": public.did})
            return self._save(Issuer.create(profile, public))

    def rotate(self, key: NewKey, *, replaces: str | None = None) -> Issuer:
        """Replace the current key; see ``Issuer.rotate``.

        Args:
            key: The new key.
            replaces: The name of the key to replace. When it was replaced before, nothing changes, so that a call that
                is made twice does no harm; without a name it is the current one.

        Raises:
            InvalidKeyError: The issuer is a did:key, had the key before, or has no key of that name.
        """
        with locked(self.path):
            issuer = self.load()
            if replaces is not None and not issuer.key(replaces).is_current:
                return issuer
            issuer.check_can_change("replaced")
            return self._save(issuer.rotate(self._public(key, len(issuer.keys) + 1)))

    def revoke(self, name: str, successor: NewKey | None = None) -> Issuer:
        """Mark a key as compromised; see ``Issuer.revoke``.

        Args:
            name: Which key; one that is revoked already stays as it is.
            successor: The new key, needed and used when the current one is revoked.

        Raises:
            InvalidKeyError: There is no such key; the current one has no successor; or the issuer is a did:key.
        """
        with locked(self.path):
            issuer = self.load()
            if not issuer.key(name).is_current:
                return self._save(issuer.revoke(name))
            issuer.check_can_change("revoked")
            public = None if successor is None else self._public(successor, len(issuer.keys) + 1)
            return self._save(issuer.revoke(name, public))

    def _save(self, issuer: Issuer) -> Issuer:
        remove_leftovers(self.path)
        content = json.dumps(issuer.to_document(), ensure_ascii=False, indent=2).encode() + b"\n"
        if not self.exists or self._state.read_bytes() != content:
            write_file(self._state, content)
        return issuer

    def signer(self, password: str | Callable[[], str]) -> IssuerSigner:
        """Open the current key.

        Args:
            password: Its password, or a function that asks for it.

        Raises:
            InvalidKeyError: The key is not here, others can read it, or the password is wrong.
        """
        issuer = self.load()
        return issuer.signer(self._open(self.key_file(issuer, issuer.current), password))

    def key_file(self, issuer: Issuer, key: IssuerKey) -> Path:
        """Return where the private half of a key is, unless it lives elsewhere."""
        return self._key_file(issuer.keys.index(key) + 1)

    def _key_file(self, number: int) -> Path:
        return self.path / "keys" / f"key-{number}.pem"

    def _public(self, key: NewKey, number: int) -> PublicKey:
        """Return the public half of a new key, which is safe on the disk if it is to be kept here."""
        if not isinstance(key, KeyFile):
            return key if isinstance(key, PublicKey) else key.public_key
        path = self._key_file(number)
        if path.exists():
            # Left by a change that did not come to its end; it may be in use, and is never written over.
            return self._open(path, key.password).public_key
        path.parent.mkdir(mode=_OWNER_ONLY, exist_ok=True)
        remove_leftovers(path.parent)
        made = SigningKey.generate(key.kind)
        write_file(path, made.to_pem(key.password), mode=PRIVATE)
        return made.public_key

    def _open(self, path: Path, password: str | Callable[[], str]) -> SigningKey:
        try:
            with path.open("rb") as file:
                mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
                pem = file.read(_MOST_BYTES)
        except FileNotFoundError:
            text = f"the private key is not in {path}; if it lives elsewhere, sign with issuer.signer(…) from Python"
            raise InvalidKeyError(text) from None
        if os.name == "posix" and mode & 0o077:
            raise InvalidKeyError(f"others can read {path}: chmod 600 {path}, and think about who could read it")
        return SigningKey.from_pem(pem, password() if callable(password) else password)

    def record(self, credentials: Iterable[Readable]) -> None:
        """Write down what was issued, before it is given away; credentials that are recorded twice do no harm.

        The record holds ids and digests, and no claims. ``reissue`` goes by it.

        Args:
            credentials: As they were signed.
        """
        lines = []
        for credential in credentials:
            document = receive(credential).document
            entry: JSONObject = {"id": document.get("id"), "digest": digest(document), "at": now().lexical}
            lines.append(dumps(entry).encode())
        with locked(self.path):
            append_lines(self._record, lines)

    def issued(self) -> Issued:
        """Return the record of what was issued.

        Raises:
            DocumentError: It was damaged: a line is not of the record.
        """
        found: set[str] = set()
        try:
            with self._record.open("rb") as file:
                for number, line in enumerate(file, 1):
                    if line.endswith(b"\n"):
                        found.add(_digest_of(line, number))
        except FileNotFoundError:
            pass
        return lambda _, digest: digest in found


def _digest_of(line: bytes, number: int) -> str:
    try:
        value = loads_object(line).get("digest")
    except DocumentError:
        value = None
    if not isinstance(value, str):
        raise DocumentError.at("", f"line {number} of the record of what was issued is damaged", "PARSING_ERROR")
    return value

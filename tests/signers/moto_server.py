"""Run moto's AWS Key Management Service on a free port of this machine, which it prints, until its input ends."""

from __future__ import annotations

import base64
import json
import sys
from typing import cast

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from moto.kms.responses import KmsResponse
from moto.kms.utils import ECDSAPrivateKey, RSAPrivateKey
from moto.server import ThreadedMotoServer

HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
sign_as_raw = KmsResponse.sign


def sign(response: KmsResponse) -> str:
    """Sign a digest as it is, as the documentation of AWS has it; moto hashes it once more."""
    answer = json.loads(sign_as_raw(response))
    if response._get_param("MessageType") == "DIGEST":
        held = response.kms_backend.describe_key(response._get_param("KeyId")).private_key
        key = cast(RSAPrivateKey | ECDSAPrivateKey, held).private_key
        message = response._get_param("Message")
        prehashed = utils.Prehashed(HASHES[answer["SigningAlgorithm"][-3:]])
        if isinstance(key, ec.EllipticCurvePrivateKey):
            signature = key.sign(message, ec.ECDSA(prehashed))
        else:
            signature = key.sign(message, padding.PKCS1v15(), prehashed)
        answer["Signature"] = base64.b64encode(signature).decode()
    return json.dumps(answer)


if __name__ == "__main__":
    KmsResponse.sign = sign  # type: ignore[method-assign, assignment]
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    print(server.get_host_and_port()[1], flush=True)
    sys.stdin.read()
    server.stop()

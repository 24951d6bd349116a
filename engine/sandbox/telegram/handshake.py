"""How a client without a key gets one: MTProto's unencrypted exchange, from req_pq_multi to dh_gen_ok.

https://core.telegram.org/mtproto/auth_key, with the old SHA-1 padding of RSA, which is what Telethon 1.45 sends.
"""

from __future__ import annotations

import os
import struct
import time
from hashlib import sha1
from typing import Any

import rsa
from telethon.crypto import AES, AuthKey
from telethon.extensions import BinaryReader
from telethon.helpers import generate_key_data_from_nonce
from telethon.tl import TLObject, functions, types

RSA_N = int(
    "cc3777cd2ca63321535c1c5eeb56bb02a4bdfc16604c8f832fd4c0b74b22e96c8926224b8f81a9d879cb2ba549e168d4"
    "832825fb6bbe4e882a7a068fb1b0e67580bae38c75db0b1056fb85efc25d7e6266f592e46cb2ead2f3ccbbeaff097ed9"
    "44dac7b82098cab6a52123d94442ad402b0d281fb65c3fd12c857ecfecd4773e3423d440b2bc0593b7af9269a4f37897"
    "daec808bd52a5074b72034e3b041591bec7bc5eaa8d08b3cb2cc6798ea65a7e3fe39e336009babd39cdccdeadf29473f"
    "e5f4922c5d2206740ba6aef351db1cffba37aebd4c69e9994c3896733eb62d8a087300b71a4d68e80fc8afe100501444"
    "c88bc9f89678c50a08add160611d888d",
    16,
)
RSA_E = 65537
RSA_D = int(
    "49fd9ae172d8f0d395415d6222c074d77b5afe781902044952ce31d8f75739ddc23f57d3aab61f14b8e41cf731328369"
    "e3ef6afb92490c691782c8d7cd58bbd73d01f9aa0d958487b20c45b5dde54402612d7ec05685e8c0efe670fbaed600e8"
    "b5a2d313ea739196e573816a99e9d29dda3b551b50565224a4f607da1d9854a148e7d52bc0a7ff801b06d72830a683b4"
    "714077d4931c444c8fa3224f1f6c6f8925895e31e16d72c1435ab285cbf30e5e2a4ffab9b083f858c03b7719adee90fb"
    "ab163744a6a54945015997f960804a6361cf542c1796d1025423de37953ca4df270d4688db0c500693082303e3fe31b6"
    "6a1f174a781afa4d274eccf94d5a911d",
    16,
)
"""The sandbox's key pair. Not a secret: it protects nothing, and everybody who has this file has it."""

DH_PRIME = int(
    "C71CAEB9C6B1C9048E6C522F70F13F73980D40238E3E21C14934D037563D930F48198A0AA7C14058229493D22530F4DB"
    "FA336F6E0AC925139543AED44CCE7C3720FD51F69458705AC68CD4FE6B6B13ABDC9746512969328454F18FAF8C595F64"
    "2477FE96BB2A941D5BCD1D4AC8CC49880708FA9B378E3C4F3A9060BEE67CF9A4A4A695811051907E162753B56B0F6B41"
    "0DBA74D8A84B2A14B3144E0EF1284754FD17ED950D5965B4B9DD46582DB1178D169C6BC465B0D6FF9CA3928FEF5B9AE4"
    "E418FC15E83EBEA0F87FA9FF5EED70050DED2849F47BF959D956850CE929851F0D8115F635B105EE2E4E15D04B2454BF"
    "6F4FADF034B10403119CD8E3B92FCC5B",
    16,
)
"""The safe prime that Telegram's servers use; some clients accept no other."""
DH_G = 3
_PQ = 0x17ED48941A08F981
_PQ_FACTORS = (0x494C553B, 0x53911073)

PUBLIC_KEY_PEM: bytes = rsa.PublicKey(RSA_N, RSA_E).save_pkcs1()
"""PKCS#1 PEM of the public half, as `telethon.crypto.rsa.add_key` wants it."""


def _big_endian(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


FINGERPRINT: int = struct.unpack(
    "<q",
    sha1(
        TLObject.serialize_bytes(_big_endian(RSA_N)) + TLObject.serialize_bytes(_big_endian(RSA_E)),
        usedforsecurity=False,
    ).digest()[-8:],
)[0]


class HandshakeError(Exception):
    """The client's side of the exchange makes no sense; the connection is closed."""


class Handshake:
    """The exchange on one connection. `key` is set when it is done."""

    def __init__(self) -> None:
        self.key: AuthKey | None = None
        self._nonce = 0
        self._server_nonce = 0
        self._new_nonce = 0
        self._secret = 0

    def answer(self, request: Any) -> Any:
        """The reply to the next step. Raises `HandshakeError`."""
        if isinstance(request, functions.ReqPqMultiRequest):
            return self._offer_pq(request)
        if getattr(request, "server_nonce", None) != self._server_nonce:
            raise HandshakeError(f"unexpected {type(request).__name__}")
        if isinstance(request, functions.ReqDHParamsRequest):
            return self._offer_dh(request)
        if isinstance(request, functions.SetClientDHParamsRequest):
            return self._finish(request)
        raise HandshakeError(f"unexpected {type(request).__name__}")

    def _offer_pq(self, request: Any) -> Any:
        self._nonce = request.nonce
        self._server_nonce = int.from_bytes(os.urandom(16), "little", signed=True)
        return types.ResPQ(request.nonce, self._server_nonce, _big_endian(_PQ), [FINGERPRINT])

    def _offer_dh(self, request: Any) -> Any:
        if (int.from_bytes(request.p, "big"), int.from_bytes(request.q, "big")) != _PQ_FACTORS:
            raise HandshakeError("wrong factors")
        if request.public_key_fingerprint != FINGERPRINT:
            raise HandshakeError("encrypted for another key")
        sealed = pow(int.from_bytes(request.encrypted_data, "big"), RSA_D, RSA_N).to_bytes(256, "big")[1:]
        inner = BinaryReader(sealed[20:]).tgread_object()
        if sha1(bytes(inner), usedforsecurity=False).digest() != sealed[:20]:
            raise HandshakeError("damaged p_q_inner_data")
        self._new_nonce = inner.new_nonce
        self._secret = int.from_bytes(os.urandom(256), "big")
        plain = bytes(
            types.ServerDHInnerData(
                self._nonce,
                self._server_nonce,
                DH_G,
                _big_endian(DH_PRIME),
                _big_endian(pow(DH_G, self._secret, DH_PRIME)),
                int(time.time()),
            )
        )
        plain = sha1(plain, usedforsecurity=False).digest() + plain
        plain += os.urandom(-len(plain) % 16)
        return types.ServerDHParamsOk(self._nonce, self._server_nonce, AES.encrypt_ige(plain, *self._temporary_key()))

    def _finish(self, request: Any) -> Any:
        plain = AES.decrypt_ige(request.encrypted_data, *self._temporary_key())
        inner = BinaryReader(plain[20:]).tgread_object()
        if sha1(bytes(inner), usedforsecurity=False).digest() != plain[:20]:
            raise HandshakeError("damaged client_DH_inner_data")
        shared = pow(int.from_bytes(inner.g_b, "big"), self._secret, DH_PRIME)
        self.key = AuthKey(shared.to_bytes(256, "big"))
        return types.DhGenOk(self._nonce, self._server_nonce, self.key.calc_new_nonce_hash(self._new_nonce, 1))

    def _temporary_key(self) -> tuple[bytes, bytes]:
        key, iv = generate_key_data_from_nonce(self._server_nonce, self._new_nonce)
        return key, iv

"""A certificate authority of the tests' own, and what it signs, as PEM files."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)])


def _address(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


class Authority:
    """Signs certificates; its own is in `cafile`."""

    def __init__(self, folder: Path, name: str = "tests") -> None:
        self._folder = folder
        self._name = _name(f"{name} CA")
        self._key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        own = (
            x509.CertificateBuilder(
                self._name, self._name, self._key.public_key(), x509.random_serial_number()
            )
            .not_valid_before(now - timedelta(days=9))
            .not_valid_after(now + timedelta(days=9))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False
            )
            .sign(self._key, hashes.SHA256())
        )
        self.cafile = folder / f"{name}-ca.pem"
        self.cafile.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def issue(
        self, name: str, *hosts: str, is_expired: bool = False, password: str | None = None
    ) -> Path:
        """Return a PEM file of a key, under a password if one is given, and its certificate for these hosts."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        end = now - timedelta(days=1) if is_expired else now + timedelta(days=1)
        builder = (
            x509.CertificateBuilder(
                self._name, _name(name), key.public_key(), x509.random_serial_number()
            )
            .not_valid_before(now - timedelta(days=8))
            .not_valid_after(end)
        )
        if hosts:
            names = x509.SubjectAlternativeName([_address(host) for host in hosts])
            builder = builder.add_extension(names, critical=False)
        encryption = (
            serialization.BestAvailableEncryption(password.encode())
            if password
            else serialization.NoEncryption()
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
        )
        signed = builder.sign(self._key, hashes.SHA256())
        path = self._folder / f"{name}.pem"
        path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
        return path

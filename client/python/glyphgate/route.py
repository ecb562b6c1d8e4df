"""The way to a service: where it listens, and the proxy before it."""

from __future__ import annotations

import base64
import ipaddress
from dataclasses import dataclass
from typing import Optional
from urllib.parse import SplitResult, quote, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass


@dataclass(frozen=True)
class Proxy:
    """A proxy that is spoken to by plain HTTP."""

    host: str
    port: int
    #: The header Proxy-Authorization.
    authorization: Optional[str] = None


@dataclass(frozen=True)
class Route:
    https: bool
    host: str
    port: int
    #: The path of the base URL, without a slash at its end.
    path: str
    proxy: Optional[Proxy] = None

    @property
    def authority(self) -> str:
        """Host and port as they stand in a URL and in the header Host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.https else 80) else f"{host}:{self.port}"

    @property
    def target(self) -> str:
        """What comes before the path of a request: nothing, or the whole address for a proxy that reads it."""
        is_read_by_proxy = self.proxy is not None and not self.https
        return (f"http://{self.authority}" if is_read_by_proxy else "") + self.path


def route_to(base_url: str, trust_env: bool) -> Route:
    """The way to the service at `base_url`; with `trust_env`, by the proxy that the environment names for it. A
    loopback address needs none. Raises ValueError for a URL that cannot be one."""
    parts = urlsplit(base_url)
    port = _port(parts)
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ValueError(f"the base URL {base_url!r} is not valid; it looks like http://127.0.0.1:8000")
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError(f"the base URL {base_url!r} must hold only scheme, host, port and path; "
                         "a key goes into api_key")
    https = parts.scheme == "https"
    host = _checked_host(parts.hostname, base_url)
    port = port or (443 if https else 80)
    path = quote(parts.path.rstrip("/"), safe="/%:@!$&'()*+,;=~")
    return Route(https, host, port, path, _proxy_before(https, host, port) if trust_env else None)


def _port(parts: SplitResult) -> Optional[int]:
    """None where there is none, 0 where it cannot be one."""
    try:
        return parts.port
    except ValueError:
        return 0


def _checked_host(host: str, url: str) -> str:
    """As it is sent: an international name in its form of ASCII."""
    try:
        sent = host.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError(f"the base URL {url!r} has a host that cannot be one") from None
    if any(c.isspace() or not c.isprintable() for c in sent):
        raise ValueError(f"the base URL {url!r} has a host that cannot be one")
    return sent


def _proxy_before(https: bool, host: str, port: int) -> Optional[Proxy]:
    if _is_loopback(host):
        return None
    proxies = getproxies()
    url = proxies.get("https" if https else "http") or proxies.get("all")
    if not url or proxy_bypass(f"{host}:{port}"):
        return None
    parts = urlsplit(url if "://" in url else f"http://{url}")
    proxy_port = _port(parts)
    if parts.scheme != "http" or not parts.hostname or proxy_port == 0:
        raise ValueError(f"the proxy of the environment for {host} is not one that is spoken to by plain HTTP, like "
                         "http://proxy:3128; name another, or add the host to no_proxy")
    authorization = None
    if parts.username is not None:
        credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = "Basic " + base64.b64encode(credentials.encode()).decode()
    return Proxy(parts.hostname, proxy_port or 80, authorization)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")

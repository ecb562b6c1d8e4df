"""One connection to a service, on which nothing takes longer than it may."""

from __future__ import annotations

import concurrent.futures
import contextlib
import errno
import http.client
import io
import os
import selectors
import socket
import ssl
import threading
from typing import IO, Any, Dict, List, Mapping, Optional, Tuple, cast

from .answer import Answer
from .interrupt import watching
from .patience import Patience
from .route import Route

_PIECE = 64 << 10
_UNDER_WAY = (errno.EINPROGRESS, errno.EWOULDBLOCK)

_Addresses = List[Tuple[Any, ...]]


class MalformedAnswer(http.client.HTTPException):
    """What came is not HTTP."""


class Line(http.client.HTTPConnection):
    """A connection to the server of a route. One thread uses it at a time; any may call `abort`."""

    def __init__(self, route: Route, timeout: float, tls: Optional[ssl.SSLContext]) -> None:
        first = route.proxy or route
        super().__init__(first.host, first.port)
        self._route = route
        self._silence = timeout
        self._tls = tls
        self._patience = Patience()
        self.is_aborted = False
        self._socket: Optional[socket.socket] = None
        self._timed: Optional[_TimedSocket] = None
        self._resolution: Optional["concurrent.futures.Future[_Addresses]"] = None

    def converse(self, method: str, target: str, body: Optional[bytes], headers: Mapping[str, str], wait: float,
                 deadline: float, sink: Optional[IO[bytes]] = None) -> Tuple[Answer, bool]:
        """The answer, and whether the line can be used again. The service may take `wait` seconds more than others to
        begin its answer. `sink` is as in Answer. Raises OSError or http.client.HTTPException when no whole answer came.
        """
        self._patience.deadline = deadline
        with watching(self):
            if self.sock is None:
                self.connect()
            self._patience.begin(self._silence)
            refused_body: Optional[OSError] = None
            try:
                self.request(method, target, body, self._with_proxys(headers))
            except (BrokenPipeError, ConnectionResetError) as failure:
                # The service refuses a body that is too large before all of it is sent, and says so.
                refused_body = failure
            self._patience.begin(self._silence, before_first=wait)
            try:
                with contextlib.closing(self.getresponse()) as response:
                    if self._timed is not None and self._timed.has_ended:
                        # http.client takes a header that is cut for one that is whole, of an answer without a length.
                        raise http.client.IncompleteRead(b"")
                    return Answer(response, sink), not response.will_close
            except (OSError, http.client.HTTPException):
                if refused_body is not None:
                    raise refused_body from None
                raise
            except (ValueError, OverflowError, MemoryError) as error:
                # http.client trusts the sizes of chunks.
                raise MalformedAnswer(f"the answer cannot be read: {error or type(error).__name__}") from error

    def connect(self) -> None:
        self._patience.begin(self._silence)
        self._socket = self._connect_first(self._resolve(self.host, self.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls is not None:
            if self._route.proxy is not None:
                self._ask_for_tunnel(self._socket)
            self._socket = self._encrypted(self._socket, self._tls)
        self._timed = _TimedSocket(self._socket, self._patience)
        self.sock = cast(socket.socket, self._timed)

    def abort(self) -> None:
        """Makes whatever the line waits for fail, now and later."""
        self.is_aborted = True
        if self._resolution is not None:
            self._resolution.cancel()
        if self._socket is not None:
            try:
                # Not SSLSocket's own, which takes the session away from the thread that reads.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            except OSError:
                pass  # it is closed already

    def leave_to_parent(self) -> None:
        """For a forked child: closes its copy of the socket, and says nothing to the server."""
        if self._socket is not None and self._socket.fileno() >= 0:
            os.close(self._socket.detach())

    def is_quiet(self) -> bool:
        """Whether a line that is not in use is open, and nothing came on it that was not asked for."""
        if self._socket is None or self._socket.fileno() < 0:
            return False
        if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            return False
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            return not selector.select(0)

    def _with_proxys(self, headers: Mapping[str, str]) -> Dict[str, str]:
        all_headers = {"Host": self._route.authority, **headers}
        proxy = self._route.proxy
        if proxy is not None and proxy.authorization is not None and self._tls is None:
            all_headers["Proxy-Authorization"] = proxy.authorization
        return all_headers

    def _resolve(self, host: str, port: int) -> _Addresses:
        try:
            return cast(_Addresses, socket.getaddrinfo(host, port, type=socket.SOCK_STREAM,
                                                       flags=socket.AI_NUMERICHOST))
        except socket.gaierror:
            pass
        # The resolver can be neither bounded nor interrupted, only left behind.
        resolution: "concurrent.futures.Future[_Addresses]" = concurrent.futures.Future()
        self._resolution = resolution
        self._check_not_aborted()
        threading.Thread(target=_resolve_into, args=(resolution, host, port), daemon=True).start()
        try:
            return resolution.result(self._patience.left())
        except concurrent.futures.TimeoutError:
            raise TimeoutError(f"timed out while the name {host} was looked up") from None
        except concurrent.futures.CancelledError:
            raise ConnectionAbortedError("aborted") from None

    def _connect_first(self, addresses: _Addresses) -> socket.socket:
        """A connection to the first address that answers. Each has its share of the time."""
        failure = OSError("the name has no address")
        for position, (family, kind, protocol, _, address) in enumerate(addresses):
            attempt = socket.socket(family, kind, protocol)
            try:
                self._connect(attempt, address, self._patience.left() / (len(addresses) - position))
                return attempt
            except OSError as error:
                attempt.close()
                failure = error
                self._check_not_aborted()
            except BaseException:
                attempt.close()
                raise
        raise failure

    def _connect(self, attempt: socket.socket, address: Any, seconds: float) -> None:
        attempt.setblocking(False)
        self._socket = attempt
        failure = attempt.connect_ex(address)
        # From here on, an abort ends the attempt.
        self._check_not_aborted()
        if failure in _UNDER_WAY:
            with selectors.DefaultSelector() as selector:
                selector.register(attempt, selectors.EVENT_WRITE)
                if not selector.select(seconds):
                    raise TimeoutError("timed out")
            self._check_not_aborted()
            failure = attempt.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if failure:
            raise OSError(failure, os.strerror(failure))

    def _ask_for_tunnel(self, to_proxy: socket.socket) -> None:
        proxy, authority = self._route.proxy, f"{self._route.host}:{self._route.port}"
        if ":" in self._route.host:
            authority = f"[{self._route.host}]:{self._route.port}"
        lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}"]
        if proxy is not None and proxy.authorization is not None:
            lines.append(f"Proxy-Authorization: {proxy.authorization}")
        timed = _TimedSocket(to_proxy, self._patience)
        timed.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
        response = http.client.HTTPResponse(cast(socket.socket, timed), method="CONNECT")
        try:
            response.begin()
            if response.status != 200:
                raise OSError(f"the proxy at {self.host}:{self.port} opens no way to {authority}: "
                              f"{response.status} {response.reason}")
        except BaseException:
            to_proxy.close()
            raise
        finally:
            response.close()

    def _encrypted(self, plain: socket.socket, tls: ssl.SSLContext) -> ssl.SSLSocket:
        try:
            encrypted = tls.wrap_socket(plain, server_hostname=self._route.host, do_handshake_on_connect=False)
        except BaseException:
            plain.close()
            raise
        self._socket = encrypted
        try:
            self._check_not_aborted()
            encrypted.settimeout(self._patience.left())
            encrypted.do_handshake()
        except BaseException:
            encrypted.close()
            raise
        return encrypted

    def _check_not_aborted(self) -> None:
        if self.is_aborted:
            raise ConnectionAbortedError("aborted")


def _resolve_into(resolution: "concurrent.futures.Future[_Addresses]", host: str, port: int) -> None:
    try:
        try:
            addresses = cast(_Addresses, socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            resolution.set_exception(error if isinstance(error, OSError) else OSError(str(error)))
        else:
            resolution.set_result(addresses)
    except concurrent.futures.InvalidStateError:
        pass  # nobody waits any more


class _TimedSocket:
    """What http.client needs of a socket. Each step takes what its patience leaves."""

    def __init__(self, wrapped: socket.socket, patience: Patience) -> None:
        self._wrapped = wrapped
        self._patience = patience
        #: Whether what was read came to its end.
        self.has_ended = False

    def sendall(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            self._wrapped.settimeout(self._patience.left())
            sent = self._wrapped.send(rest[:_PIECE])
            self._patience.made_progress(sent)
            rest = rest[sent:]

    def makefile(self, *_: object) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self, self._wrapped, self._patience))

    def close(self) -> None:
        self._wrapped.close()


class _TimedReader(io.RawIOBase):
    def __init__(self, owner: _TimedSocket, wrapped: socket.socket, patience: Patience) -> None:
        self._owner = owner
        self._wrapped = wrapped
        self._file = wrapped.makefile("rb", buffering=0)
        self._patience = patience

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> Optional[int]:
        self._wrapped.settimeout(self._patience.left())
        size = self._file.readinto(buffer)
        self._patience.made_progress(size or 0)
        self._owner.has_ended = size == 0
        return size

    def close(self) -> None:
        self._file.close()
        super().close()

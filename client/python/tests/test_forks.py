import asyncio
import os
import threading
import unittest

from glyphgate import AsyncOCRClient, NotFound, OCRClient, ServiceUnreachable, UnexpectedAnswer

from .fake_service import FakeService, job_json
from .images import png
from .raw_server import RawServer, request_of
from .scripted_server import Reply, ScriptedServer


def in_a_child(work):
    """What `work` returns in a forked process, as text; it has 30 seconds."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.write(write_end, str(work()).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as result:
        killer = threading.Timer(30, os.kill, (child, 9))
        killer.start()
        told = result.read().decode()
        _, status = os.waitpid(child, 0)
        killer.cancel()
    return told if status == 0 else f"it ended with {status}"


@unittest.skipUnless(hasattr(os, "fork"), "there are no forks")
class ForkTest(unittest.TestCase):
    def setUp(self):
        self.server = ScriptedServer(lambda request: Reply(200, job_json(request.target.rsplit("/")[-1])))
        self.addCleanup(self.server.close)
        self.client = OCRClient(self.server.url)
        self.addCleanup(self.client.close)

    def test_a_child_does_not_use_its_parents_connections(self):
        self.client.get_job_status("parent")
        self.assertEqual(in_a_child(lambda: self.client.get_job_status("child").job_id), "child")
        self.client.get_job_status("parent")
        first, in_child, last = (r.connection for r in self.server.requests)
        self.assertNotEqual(first, in_child)
        # The child's end has not closed it.
        self.assertEqual(first, last)

    def test_parent_and_children_work_at_once(self):
        self.client.get_job_status("before")

        def work(name):
            return all(self.client.get_job_status(f"{name}-{n}").job_id == f"{name}-{n}" for n in range(50))

        told = []
        children = [threading.Thread(target=lambda n=n: told.append(in_a_child(lambda: work(f"child{n}"))))
                    for n in range(3)]
        for child in children:
            child.start()
        self.assertTrue(work("parent"))
        for child in children:
            child.join()
        self.assertEqual(told, ["True"] * 3)

    def test_a_fork_while_a_thread_is_in_the_pool(self):
        self.client.get_job_status("before")
        with self.client._connections._lock:
            self.assertEqual(in_a_child(lambda: self.client.get_job_status("child").job_id), "child")

    def test_a_child_keeps_no_parents_connection_open(self):
        self.client.get_job_status("parent")
        descriptor = self.client._connections._idle[0]._socket.fileno()

        def is_open():
            try:
                os.fstat(descriptor)
            except OSError:
                return False
            return True

        self.assertTrue(is_open())
        self.assertEqual(in_a_child(is_open), "False")

    def test_an_asynchronous_client_works_in_a_child(self):
        client = AsyncOCRClient(self.server.url)

        async def job_id_of(name):
            return (await client.get_job_status(name)).job_id

        self.assertEqual(asyncio.run(job_id_of("parent")), "parent")
        self.assertEqual(in_a_child(lambda: asyncio.run(job_id_of("child"))), "child")
        asyncio.run(client.close())


class MixedAnswersTest(unittest.TestCase):
    def test_another_jobs_answer_is_an_error(self):
        with ScriptedServer([Reply(200, job_json("other"))]) as server, OCRClient(server.url) as client:
            with self.assertRaisesRegex(UnexpectedAnswer, "job mine was asked for, and the answer is job other"):
                client.get_job_status("mine")
            with self.assertRaises(UnexpectedAnswer):
                client.wait_for_job("mine")

    def test_a_batch_takes_no_other_jobs_text(self):
        service = FakeService(max_images=1)
        self.addCleanup(service.close)
        service.fates[1] = Reply(200, job_json("job0", ids_and_texts=[("1", "of job0")]))
        with OCRClient(service.url) as client, self.assertRaises(UnexpectedAnswer) as caught:
            client.process_batch([(str(n), png(9, 9) + bytes([n])) for n in range(3)])
        # The other jobs on their way were collected.
        self.assertEqual([r.id for r in caught.exception.results], ["0", "2"])

    def test_an_answer_that_comes_twice_is_not_taken_for_the_next_one(self):
        def serve(connection):
            while True:
                head = request_of(connection)
                if not head:
                    return
                request_id = next(line for line in head.splitlines() if line.startswith("X-Request-Id")).split()[1]
                answer = (f"HTTP/1.1 404 Not Found\r\nX-Request-Id: {request_id}\r\nContent-Length: 10000\r\n\r\n"
                          + request_id + " " * (10000 - len(request_id))).encode()
                connection.sendall(answer * 2)

        with RawServer(serve) as server, OCRClient(server.url) as client:
            ids = set()
            for n in range(20):
                with self.assertRaises(NotFound) as caught:
                    client.get_job_status(str(n))
                ids.add(caught.exception.request_id)
            self.assertEqual(len(ids), 20)

    def test_an_answer_to_another_request_is_an_error(self):
        headers = {"X-Request-Id": "glyphgate-python-" + "0" * 32}
        with ScriptedServer([Reply(200, job_json("j"), headers)]) as server:
            with OCRClient(server.url, retry_for=0) as client:
                with self.assertRaisesRegex(ServiceUnreachable, "the answer belongs to another request"):
                    client.get_job_status("j")

    def test_an_id_of_a_proxys_own_is_fine(self):
        with ScriptedServer([Reply(200, job_json("j"), {"X-Request-Id": "f00-ams"})]) as server:
            with OCRClient(server.url) as client:
                client.get_job_status("j")

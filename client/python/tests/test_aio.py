import asyncio
import threading
import time
import unittest

from glyphgate import AsyncOCRClient, Interrupted, NotFound

from .fake_service import FakeService, job_json
from .images import png
from .scripted_server import Reply, ScriptedServer, problem

PATIENCE = 10


class AsyncClientTest(unittest.IsolatedAsyncioTestCase):
    def serve(self, answer):
        server = ScriptedServer(answer)
        self.addCleanup(server.close)
        return server

    async def test_the_methods(self):
        service = FakeService(max_images=2)
        self.addCleanup(service.close)
        async with AsyncOCRClient(service.url) as client:
            submission = await client.submit_job([("a", b"hello")], max_delay=60)
            self.assertEqual(service.delays, [["60"]])
            self.assertEqual((await client.wait_for_job(submission.job_id)).result.results[0].text, "hello")
            self.assertEqual((await client.get_job_status(submission.job_id)).status, "completed")
            self.assertEqual((await client.get_capacity(1, 1)).max_images, 2)
            results = await client.process_batch([(str(n), png(9, 9)) for n in range(5)], progress=False,
                                                 max_delay=2)
            self.assertEqual([r.id for r in results], ["0", "1", "2", "3", "4"])
            self.assertEqual(service.delays[1:], [["2"]] * 3)

    async def test_list_jobs(self):
        server = self.serve([Reply(200, {"jobs": [job_json("1"), job_json("2")], "next_cursor": "17"}),
                             Reply(200, {"jobs": [job_json("3")], "next_cursor": None})])
        async with AsyncOCRClient(server.url) as client:
            self.assertEqual([job.job_id async for job in client.list_jobs()], ["1", "2", "3"])

    async def test_errors_come_through(self):
        server = self.serve([problem(404)])
        async with AsyncOCRClient(server.url) as client:
            with self.assertRaises(NotFound):
                await client.cancel_job("j")

    async def test_calls_run_side_by_side(self):
        together = threading.Barrier(8)

        def answer(request):
            together.wait(timeout=PATIENCE)
            return Reply(200, job_json(request.target.rsplit("/")[-1]))

        server = self.serve(answer)
        async with AsyncOCRClient(server.url) as client:
            jobs = await asyncio.gather(*(client.get_job_status(str(n)) for n in range(8)))
        self.assertEqual(len(jobs), 8)

    async def test_a_cancelled_coroutine_ends_its_long_poll(self):
        asked, release = threading.Event(), threading.Event()
        self.addCleanup(release.set)

        def answer(request):
            if "wait" in request.target:
                asked.set()
                release.wait(PATIENCE)
            return Reply(200, job_json("j"))

        server = self.serve(answer)
        async with AsyncOCRClient(server.url, threads=1) as client:
            task = asyncio.create_task(client.wait_for_job("j"))
            await self.until(asked.is_set)
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task
            await self.has_a_free_thread(client)
        self.assertFalse(release.is_set())

    async def test_a_cancelled_coroutine_ends_its_pause(self):
        server = self.serve([problem(429, headers={"Retry-After": "100"}), Reply(200, job_json("j"))])
        async with AsyncOCRClient(server.url, threads=1) as client:
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(client.submit_job(b"x"), 0.2)
            await self.has_a_free_thread(client)

    async def test_closing_ends_what_is_under_way(self):
        server = self.serve([problem(503, headers={"Retry-After": "100"})])
        client = AsyncOCRClient(server.url)
        task = asyncio.create_task(client.get_health())
        await self.until(lambda: server.requests)
        await client.close()
        with self.assertRaises(Interrupted):
            await task

    async def until(self, is_so):
        deadline = time.monotonic() + PATIENCE
        while not is_so():
            self.assertLess(time.monotonic(), deadline)
            await asyncio.sleep(0.005)

    async def has_a_free_thread(self, client):
        """Its only one was in use before."""
        await asyncio.wait_for(client.get_job_status("j"), PATIENCE)

import pathlib
import re
import unittest

import glyphgate
from glyphgate import cli

PROJECT = pathlib.Path(__file__).resolve().parents[1] / "pyproject.toml"


class PackageTest(unittest.TestCase):
    def test_the_version_is_the_project_files(self):
        self.assertEqual(re.search(r'^version = "(.*)"$', PROJECT.read_text(), re.MULTILINE)[1],
                         glyphgate.__version__)

    def test_the_command_is_where_the_project_file_says(self):
        self.assertIn('glyphgate-ocr = "glyphgate.cli:main"', PROJECT.read_text())
        self.assertTrue(callable(cli.main))

    def test_all_that_is_public_exists(self):
        for name in glyphgate.__all__:
            self.assertTrue(hasattr(glyphgate, name), name)

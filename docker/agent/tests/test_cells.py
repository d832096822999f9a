from __future__ import annotations

import importlib.util
import json
import os
import re
import tempfile
import threading
import time
import unittest

from tests.harness import AUTHORIZED, Agent, AgentCase, is_running, wait_until


class PlainTest(AgentCase):
    """Without IPython: a package of that name that refuses to be imported stands in the way."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory()
        with open(os.path.join(cls.folder.name, "IPython.py"), "w", encoding="utf-8") as file:
            file.write("raise ImportError('not here')")
        cls.environment = {"PYTHONPATH": cls.folder.name}
        super().setUpClass()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.folder.cleanup()
        super().tearDownClass()

    folder: tempfile.TemporaryDirectory[str]

    def out(self, code: str) -> str:
        result = self.agent.cell(code)
        self.assertEqual(result, {"stdout": result["stdout"], "isError": False})
        text = result["stdout"]
        assert isinstance(text, str)
        return text

    def test_names_are_kept_and_the_last_value_is_shown(self) -> None:
        self.assertEqual(self.out("x = 41"), "")
        self.assertEqual(self.out("print(x)\nx + 1"), "41\nOut[1]: 42\n")
        self.assertEqual(self.out("None"), "")

    def test_a_traceback_goes_to_standard_output(self) -> None:
        text = re.sub(r"\x1b\[[\d;]*m", "", self.out("def f():\n    return 1/0\nf()"))
        self.assertIn("ZeroDivisionError", text)
        self.assertIn("return 1/0", text)
        self.assertNotIn("sandbox_agent", text)
        self.assertIn("SyntaxError", self.out("def ("))

    def test_standard_error_is_a_part_of_its_own(self) -> None:
        result = self.agent.cell("import sys\nprint('e', file=sys.stderr)")
        self.assertEqual(result, {"stdout": "", "stderr": "e\n", "isError": True})

    def test_output_of_processes_comes_in_order(self) -> None:
        code = "import os, subprocess\nprint('a')\nos.system('echo b')\nsubprocess.run(['echo', 'c'])\nprint('d')\n!echo e\nprint('f')"
        self.assertEqual(self.out(code), "a\nb\nc\nd\ne\nf\n")
        self.assertEqual(self.out("lines = !printf 'p\\nq'\nprint(list(lines))"), "['p', 'q']\n")

    def test_awaiting_at_the_top_level(self) -> None:
        self.assertEqual(self.out("import asyncio\nawait asyncio.sleep(0.01)\nprint('x')"), "x\n")

    def test_magics(self) -> None:
        os.makedirs(self.agent.path("sub"), exist_ok=True)
        self.assertIn(self.agent.path("sub"), self.out("%cd sub") + self.out("%pwd"))
        self.out("%cd ..")
        self.assertEqual(self.out("%%bash\necho $((1+1))"), "2\n")
        self.assertIn("pip", self.out("%pip --version"))
        self.assertIn("not found", self.agent.cell("%no_such_magic")["stderr"])

    def test_a_string_with_an_exclamation_mark_stays_a_string(self) -> None:
        self.assertEqual(self.out("print('''\n!echo no\n''')"), "\n!echo no\n\n")

    def test_exits_do_not_end_the_interpreter(self) -> None:
        self.out("kept = 1")
        self.agent.cell("raise SystemExit(3)")
        self.assertEqual(self.out("print(kept)"), "1\n")

    def test_cells_see_neither_the_agent_nor_the_token(self) -> None:
        self.assertEqual(self.out("import sys, os\nprint([p for p in sys.path if 'sandbox' in p or 'agent' in p.split('/')], sys.argv)"), "[] ['']\n")
        self.assertEqual(self.out("print(os.environ.get('SECRET_TOKEN'), __name__)"), "None __main__\n")

    def test_files_named_like_modules_do_not_hinder_the_start(self) -> None:
        for name in ("json", "socket", "types", "asyncio", "signal"):
            with open(self.agent.path(f"{name}.py"), "w", encoding="utf-8") as file:
                file.write("raise RuntimeError('not this one')")
        with open(self.agent.path("own_module.py"), "w", encoding="utf-8") as file:
            file.write("x = 'own'")
        self.agent.cell("import os; os._exit(0)")
        self.assertEqual(self.out("import own_module\nprint(own_module.x)"), "own\n")
        for name in ("json", "socket", "types", "asyncio", "signal"):
            os.unlink(self.agent.path(f"{name}.py"))

    def test_installed_packages_are_found(self) -> None:
        self.assertRegex(self.out("import sys\nprint(sys.path)"), "(site|dist)-packages")

    def test_a_dead_interpreter_is_told_and_replaced(self) -> None:
        self.out("x = 1")
        result = self.agent.cell("print('last words')\nimport os\nos._exit(3)")
        self.assertEqual(result["stdout"], "last words\n")
        self.assertRegex(result["stderr"], r"ended with exit status 3; all names are lost")
        self.assertIn("ended by signal 11", self.agent.cell("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)")["stderr"])
        self.assertIn("NameError", self.out("x"))

    def test_a_cell_that_forks_leaves_one_interpreter(self) -> None:
        self.out("import os\npid = os.fork()\nif pid == 0:\n    print('child')\nelse:\n    os.waitpid(pid, 0)")
        self.assertEqual(self.out("print(1)"), "1\n")

    def test_the_limit_interrupts_and_keeps_names(self) -> None:
        self.out("x = 5")
        result = self.agent.cell("print('begun')\nimport time\ntime.sleep(60)", timeout=0.5)
        self.assertTrue(result["stdout"].startswith("begun\n"))
        self.assertIn("KeyboardInterrupt", result["stdout"])
        self.assertIn("the time limit of 0.5 s was reached; the cell was interrupted, names are kept", result["stderr"])
        self.assertEqual(self.out("print(x)"), "5\n")

    def test_the_limit_reaches_the_processes_of_the_cell_but_not_older_ones(self) -> None:
        code = "import subprocess\nold = subprocess.Popen(['sleep', '60'])\nopen('old', 'w').write(str(old.pid))\n1;"
        self.out(code)
        time.sleep(0.05)
        self.agent.cell("!setsid sh -c 'echo $$ > new; exec sleep 60'", timeout=0.5)
        old, new = (int(open_text(self.agent.path(name))) for name in ("old", "new"))
        self.assertTrue(is_running(old))
        self.assertFalse(is_running(new))
        self.out("old.kill(); old.wait();")

    def test_what_ignores_interrupts_is_killed(self) -> None:
        code = "import time\nwhile True:\n    try:\n        time.sleep(60)\n    except BaseException:\n        pass"
        start = time.monotonic()
        result = self.agent.cell(code, timeout=0.3)
        self.assertLess(time.monotonic() - start, 5)
        self.assertIn("was killed: all names are lost", result["stderr"])
        self.assertEqual(self.out("print(1)"), "1\n")

    def test_a_client_that_hangs_up_interrupts_its_cell(self) -> None:
        self.out("x = 7")
        body = json.dumps({"code": "open('began', 'w').close()\nimport time\ntime.sleep(60)"}).encode()
        with self.agent.connect() as sock:
            head = f"POST /tools/run_ipython_cell HTTP/1.1\r\n{AUTHORIZED}Content-Length: {len(body)}\r\n\r\n"
            sock.sendall(head.encode() + body)
            wait_until(lambda: os.path.exists(self.agent.path("began")))
        start = time.monotonic()
        self.assertEqual(self.out("print(x)"), "7\n")
        self.assertLess(time.monotonic() - start, 3)

    def test_cells_wait_for_each_other_within_their_limits(self) -> None:
        results: list[dict[str, object]] = []
        code = "open('first', 'w').close()\nimport time\ntime.sleep(0.8)\nprint('first')"
        first = threading.Thread(target=lambda: results.append(self.agent.cell(code)))
        first.start()
        wait_until(lambda: os.path.exists(self.agent.path("first")))
        self.assertIn("while another cell was running", self.agent.cell("1", timeout=0.2)["stderr"])
        self.assertEqual(self.out("print('second')"), "second\n")
        first.join()
        self.assertEqual(results[0]["stdout"], "first\n")

    def test_output_between_cells_neither_blocks_nor_shows_up(self) -> None:
        code = (
            "import threading, time\n"
            "def noise():\n    time.sleep(0.1)\n    print('x' * 300_000)\n    open('noisy', 'w').close()\n"
            "threading.Thread(target=noise).start()"
        )
        self.out(code)
        wait_until(lambda: os.path.exists(self.agent.path("noisy")))
        self.assertEqual(self.out("print(1)"), "1\n")

    def test_large_output_and_code(self) -> None:
        self.assertEqual(self.out("print('x' * 1_000_000)"), "x" * 1_000_000 + "\n")
        self.assertEqual(self.out(f"print(len('{'y' * 1_000_000}'))"), "1000000\n")


@unittest.skipUnless(importlib.util.find_spec("IPython"), "needs IPython")
class IPythonTest(PlainTest):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.agent.stop()
        cls.agent.remove()
        cls.agent = Agent()

    def test_it_is_ipython(self) -> None:
        self.assertIn("InteractiveShell", self.out("print(type(get_ipython()))"))


def open_text(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()

"""The judgements of gpu-check, on a bundle whose programs only say what they are told to."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import device  # noqa: E402
import profile_kernels  # noqa: E402
import roofline  # noqa: E402
import timings  # noqa: E402
import training  # noqa: E402
from context import Context  # noqa: E402


class Check(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.bundle = Path(folder.name)
        shutil.copytree(HERE, self.bundle / "gpu")

    def check(self, says, *options):
        """Exit code, output and the JSON's parts; `says` is the shell code of every program."""
        run = self.bundle / "run"
        run.write_text(f"#!/bin/sh\n{says}\n")
        run.chmod(0o755)
        written = self.bundle / "out.json"
        command = [sys.executable, "-B", self.bundle / "gpu/check.py", "--json", written, *options]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        parts = json.loads(written.read_text())["parts"] if written.exists() else {}
        return done.returncode, done.stdout, parts

    def test_passes_only_where_all_passed(self):
        code, text, parts = self.check("echo 4 passed, 0 failed, 0 skipped", "--only", "tests")
        self.assertEqual((code, parts["tests"]["status"]), (0, "PASS"), text)
        for says in (
            "echo 3 passed, 0 failed, 1 skipped",
            "echo 3 passed, 1 failed, 0 skipped",
            "echo 0 passed, 0 failed, 0 skipped",
            "echo 4 passed, 0 failed, 0 skipped; exit 1",
            "echo nothing",
        ):
            code, text, parts = self.check(says, "--only", "tests")
            self.assertEqual((code, parts["tests"]["status"]), (1, "FAIL"), says)

    def test_a_gpu_is_required_of_the_tests(self):
        says = 'test "$SEG_REQUIRE_GPU" = 1 && echo 1 passed, 0 failed, 0 skipped'
        self.assertEqual(self.check(says, "--only", "tests")[0], 0)

    def test_a_failed_part_does_not_hide_the_next(self):
        code, text, parts = self.check("exit 1", "--only", "training,tests")
        self.assertEqual([p["status"] for p in parts.values()], ["FAIL", "FAIL"])
        self.assertTrue(text.splitlines()[-1].startswith("gpu-check: FAILED: training, tests"))

    def test_without_time_a_part_is_not_run_and_counts_as_failed(self):
        code, text, parts = self.check("exit 0", "--only", "tests", "--minutes", "0.1")
        self.assertEqual((code, parts["tests"]["status"]), (1, "NOT RUN"), text)

    def test_an_unknown_part_is_an_error(self):
        code, text, _ = self.check("exit 0", "--only", "tests,speed")
        self.assertEqual(code, 2)
        self.assertIn("speed", text)

    def test_a_program_that_hangs_is_ended_and_what_it_said_is_kept(self):
        c = Context(self.bundle, self.bundle, time.monotonic() + 2)
        result = c.run(["sh", "-c", "echo begun; sleep 300 & wait"])
        self.assertEqual(result.code, 124)
        self.assertIn("begun", result.text)
        self.assertEqual(c.run(["sh", "-c", "echo begun"]).text, "no time was left for it")


class Judgements(unittest.TestCase):
    def test_code_for_a_gpu(self):
        elf = device.architectures("ELF file 1: a.1.sm_80.cubin\nELF file 2: a.2.sm_86.cubin\n")
        ptx = device.architectures("PTX file 1: a.1.sm_86.ptx\n")
        self.assertEqual(device.code_for((8, 9), elf, []), "sm_86")
        self.assertEqual(device.code_for((9, 0), elf, ptx), "PTX of 86")
        self.assertIsNone(device.code_for((9, 0), elf, []))
        self.assertIsNone(device.code_for((7, 5), elf, ptx))

    def test_busy_share_is_of_the_time_asked_for(self):
        samples = [(1, "0"), (2, "90"), (3, " 100"), (4, "[N/A]"), (9, "0")]
        self.assertEqual(training.busy_share(samples, 2, 5), 95)
        self.assertIsNone(training.busy_share(samples, 5, 6))

    def test_the_limit_of_the_loss(self):
        copy = {"mib": 128, "min_s": 1e-3}  # 256 MiB in 1 ms
        self.assertAlmostEqual(timings.loss_limit(128, 0, copy), 1.5e-3)

    def test_launches_of_ncu(self):
        text = (
            '==PROF== Connected\n"ID","Kernel Name","gpu__time_duration.sum","dram__bytes.sum"\n'
            '"","","ns","byte"\n'
            '"0","void seg::<unnamed>::forward_kernel<float, (int)16>(Batch)","2,000","7"\n'
            '"1","void seg::<unnamed>::forward_kernel<float, (int)16>(Batch)","1,500","7"\n'
        )
        best = profile_kernels.fastest(profile_kernels.launches(text))
        found = [(k["kernel"], k["ns"]) for k in best]
        self.assertEqual(found, [("forward_kernel<float, 16>", 1500)])

    def test_instructions_of_sass(self):
        text = """
        Function : f
        /*0000*/                   LDG.E.128 R4, [R2] ;
        /*0010*/                   MUFU.EX2 R1, R1 ;
        /*0020*/              @!P0 BRA 0x10 ;
        /*0030*/                   STG.E.U8 [R2], R1 ;
        /*0040*/                   EXIT ;
        /*0050*/                   BRA 0x50 ;
        /*0060*/                   NOP ;
        """
        [(name, code)] = roofline.functions(text)
        self.assertEqual((name, len(code), roofline.main_loop(code)), ("f", 5, 2))
        self.assertEqual(roofline.widths(code, "LDG"), "128x1")
        self.assertEqual(roofline.widths(code, "STG"), "8x1")


if __name__ == "__main__":
    unittest.main()

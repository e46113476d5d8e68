# SPDX-License-Identifier: BSD-3-Clause
"""Runs with a QEMU that is a script: statuses, signals, input, ports, readiness."""
import os
import pty
import select
import signal
import socket
import subprocess
import termios
import time

import fake

FOREVER = "open(os.environ['PIDFILE'], 'w').write(str(os.getpid()))\n" \
    "say('up\\n')\nwhile True: time.sleep(1)"
STUBBORN = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + FOREVER


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Statuses(fake.Case):
    def check(self, body, status, *says, **more):
        done = self.run_it(qemu=self.qemu(body), **more)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        for text in says:
            self.assertIn(text, done.stdout + done.stderr)
        return done

    def test_guest(self):
        for n in (0, 1, 127, 200, 255):
            self.check(f"say('[ashlar] exit {n}\\n'); sys.exit(1)", n)

    def test_panic(self):
        self.check("say('[ashlar] panic: assertion failed in 0x1\\n[ashlar] panic end\\n')", 134)

    def test_what_cannot_start_is_explained(self):
        for number, says in ((12, "lwip: Cannot allocate memory: give the guest more with MEM="),
                             (19, "lwip: No such device\n")):
            done = self.check("say('boot: lwip cannot start: error %d\\n[ashlar] exit 1\\n')"
                              % number, 1)
            self.assertIn(f"run: {says}", done.stderr)

    def test_silent_end(self):
        self.check("say('hi\\n')", 134, "without an `[ashlar] exit` line")

    def test_stays_after_exit(self):
        begin = time.monotonic()
        self.check("say('[ashlar] exit 6\\n'); time.sleep(60)", 6)
        self.assertLess(time.monotonic() - begin, 50)

    def test_qemu_fails(self):
        self.check("sys.stderr.write('bad option\\n'); sys.exit(1)", 125, "bad option", "DRYRUN=1")

    def test_qemu_dies(self):
        self.check("os.kill(os.getpid(), signal.SIGSEGV)", 125, "signal 11")

    def test_kvm_breaks(self):
        """QEMU then says so and stands still."""
        self.check("say('up\\n'); sys.stderr.write('KVM internal error. Suberror: 1\\n'"
                   f"'RAX=00 RBX=00\\nRIP={fake.TEXT + 2:016x} RFL=00\\n'); sys.stderr.flush();"
                   " time.sleep(60)", 125, "stopped at main+0x2", "ACCEL=tcg")

    def test_time_limit(self):
        done = self.run_it("TIMEOUT=0.5", qemu=self.qemu("say('x'); time.sleep(60)"))
        self.assertEqual(done.returncode, 124)
        self.assertIn("time limit of 0.5 s", done.stderr)

    def test_first_line(self):
        done = self.run_it()
        self.assertEqual(done.stdout, "accel: tcg (ACCEL=tcg)\nhello\n[ashlar] exit 0\n")

    def test_for_make(self):
        for n, status in ((0, 0), (7, 1)):
            done = self.run_it("--for-make", qemu=self.qemu(f"say('[ashlar] exit {n}\\n')"))
            self.assertEqual(done.stdout.splitlines()[-1], f"exit status: {n}")
            self.assertEqual(done.returncode, status)

    def test_input_and_its_end(self):
        body = "say('go\\n')\nwhile True:\n    c = os.read(0, 1)\n    say(c.decode())\n" \
            "    if c == b'q': break\nsay('\\n[ashlar] exit 0\\n')"
        done = self.run_it(qemu=self.qemu(body), stdin=b"x" * 100000 + b"q")
        self.assertEqual(done.returncode, 0)
        self.assertIn("x" * 1000 + "q\n", done.stdout)

    def test_reader_goes_away(self):
        body = "while True: say('spam\\n')"
        run = subprocess.Popen(self.command(qemu=self.qemu(body)), stdout=subprocess.PIPE,
                               stdin=subprocess.DEVNULL, env=self.environment())
        run.stdout.read(100)
        run.stdout.close()
        self.assertEqual(run.wait(60), 125)


class Accelerator(fake.Case):
    """ACCEL=auto with a QEMU that plays the probe; where there is no /dev/kvm, it is not asked."""

    def setUp(self):
        super().setUp()
        if not os.access("/dev/kvm", os.R_OK | os.W_OK):
            self.skipTest("no /dev/kvm: nothing to choose")

    def test_no_place_for_the_answer(self):
        done = self.run_it(qemu=self.qemu("if '16' in sys.argv:\n    say('G'); os._exit(85)\n"
                                          "say('[ashlar] exit 0\\n')"),
                           accel="ACCEL=auto", XDG_CACHE_HOME="/proc/no")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("accel: kvm", done.stdout)

    def choose(self, probe):
        body = "if 'kvm' in sys.argv and '16' in sys.argv:\n" + "".join(
            f"    {line}\n" for line in probe.split("\n")) \
            + "say(' '.join(sys.argv) + '\\n[ashlar] exit 0\\n')"
        done = self.run_it(qemu=self.qemu(body), accel="ACCEL=auto")
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.splitlines()

    def test_fast(self):
        lines = self.choose("say('G'); os._exit(85)")
        self.assertRegex(lines[0], r"^accel: kvm \(20 million ring-0 iterations took \d+ ms\)$")
        self.assertIn("-accel kvm -cpu host", lines[1])

    def test_slow_and_kept(self):
        lines = self.choose("open('%s/asked', 'a').write('x')\nsay('G'); time.sleep(30)"
                            % self.folder)
        self.assertEqual(lines[0], "accel: tcg (/dev/kvm opens, but 20 million ring-0 iterations "
                                   "took over 1 s)")
        self.assertIn("-accel tcg -cpu max", lines[1])
        self.run_it(qemu=os.path.join(self.folder, "qemu"), accel="ACCEL=auto")
        with open(self.folder + "/asked", encoding="utf-8") as f:
            self.assertEqual(f.read(), "x")     # one probe: the answer is kept

    def test_host_model_fails(self):
        lines = self.choose("if 'host' in sys.argv: os.abort()\nsay('G'); os._exit(85)")
        self.assertIn("-accel kvm -cpu qemu64", lines[1])

    def test_wrong_end(self):
        lines = self.choose("say('G'); sys.exit(3)")
        self.assertIn("accel: tcg (/dev/kvm opens, but the probe ended with status 3)", lines[0])


class Ends(fake.Case):
    def start(self, *words, body=FOREVER, **how):
        self.pidfile = os.path.join(self.folder, "pid")
        env = self.environment(PIDFILE=self.pidfile)
        run = subprocess.Popen(self.command(*words, qemu=self.qemu(body)), env=env, **how)
        self.addCleanup(self.finish, run)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if os.path.exists(self.pidfile) and os.path.getsize(self.pidfile):
                with open(self.pidfile, encoding="utf-8") as f:
                    return run, int(f.read())
            time.sleep(0.02)
        self.fail("the fake QEMU did not start")

    def finish(self, run):
        if run.poll() is None:
            run.kill()
        run.wait()
        if run.stdout:
            run.stdout.close()

    def gone(self, pid):
        end = time.monotonic() + 20
        while alive(pid) and time.monotonic() < end:
            time.sleep(0.05)
        return not alive(pid)

    def test_signals(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL):
            for body in (FOREVER, STUBBORN):
                run, pid = self.start(body=body, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL)
                run.send_signal(number)
                status = run.wait(60)
                self.assertEqual(status, -9 if number == signal.SIGKILL else 128 + number)
                self.assertTrue(self.gone(pid), number)
                os.unlink(self.pidfile)

    def test_terminal(self):
        master, slave = pty.openpty()
        before = termios.tcgetattr(slave)
        run, pid = self.start(stdin=slave, stdout=slave, start_new_session=True,
                              preexec_fn=lambda: __import__("fcntl").ioctl(
                                  slave, termios.TIOCSCTTY, 0))
        end = time.monotonic() + 60
        seen = b""
        while b"up" not in seen and time.monotonic() < end:
            if select.select([master], [], [], 0.1)[0]:
                seen += os.read(master, 4096)
        self.assertFalse(termios.tcgetattr(slave)[3] & (termios.ICANON | termios.ECHO))
        os.write(master, b"\x03")
        self.assertEqual(run.wait(60), 130)
        self.assertTrue(self.gone(pid))
        self.assertEqual(termios.tcgetattr(slave), before)
        os.close(master)
        os.close(slave)


SERVER = """
import socket
port = next(w for w in sys.argv if 'hostfwd' in w).split(':')[2].split('-')[0]
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('127.0.0.1', int(port)))
s.listen(5)
say('booting')
first = s.accept()[0]       # says nothing, as QEMU's network does before the guest is up
first.close()
while True:
    c = s.accept()[0]
    c.recv(1000)
    c.sendall(%r)
    c.close()
"""


class Ready(Ends):
    def read_until(self, run, text):
        seen, end = b"", time.monotonic() + 60
        while text not in seen and time.monotonic() < end:
            if select.select([run.stdout], [], [], 0.1)[0]:
                data = os.read(run.stdout.fileno(), 4096)
                if not data:
                    break
                seen += data
        self.assertIn(text, seen)
        return seen.decode()

    def serve(self, answer, *words):
        run = subprocess.Popen(self.command("NET=user", *words, qemu=self.qemu(SERVER % answer)),
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               env=self.environment())
        self.addCleanup(self.finish, run)
        return run

    def test_http_next_port(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            run = self.serve(b"HTTP/1.1 404 Not Found\r\n\r\n", f"PORT={port}")
            out = self.read_until(run, b"ready: ")
            line = out.splitlines()[-1]
            self.assertRegex(line, r"^ready: http://127\.0\.0\.1:\d+/$")
            self.assertNotIn(f":{port}/", line)
            run.terminate()
            self.assertEqual(run.wait(60), 143)

    def test_other_protocol(self):
        run = self.serve(b"-ERR no\r\n", "PORT=28080")
        self.assertIn("ready: tcp://127.0.0.1:", self.read_until(run, b"ready: "))

    def test_port_lost_after_the_look(self):
        body = "import re\nw = ' '.join(sys.argv)\nif not os.path.exists('%s/once'):\n" \
            "    open('%s/once', 'w').close()\n" \
            "    sys.stderr.write('Could not set up host forwarding rule\\n')\n    sys.exit(1)\n" \
            "say(re.search(r'hostfwd=tcp:[0-9.:]*', w).group() + '\\n[ashlar] exit 0\\n')" \
            % (self.folder, self.folder)
        done = self.run_it("NET=user", "PORT=28090", qemu=self.qemu(body))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("28090", done.stdout)

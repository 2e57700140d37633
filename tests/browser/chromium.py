"""A headless Chromium of its own process group, that a test may freeze, thaw or kill from outside."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

from playwright.sync_api import Browser, BrowserContext, Page, Playwright

EXECUTABLE = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PROBE = Path(__file__).with_name("probe.js").read_text()
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--no-zygote",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--use-fake-device-for-media-stream=fps=30",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--remote-debugging-port=0",
)


class Chromium:
    """One browser process. `autoplay` False leaves the browser's gesture rule for sound in force."""

    def __init__(self, playwright: Playwright, *, autoplay: bool = True) -> None:
        if EXECUTABLE is None:
            raise AssertionError("no Chromium here: run `make test-packages`")
        self._contexts: list[BrowserContext] = []
        self._folder = tempfile.mkdtemp(prefix="chromium-")
        flags = [*FLAGS, f"--user-data-dir={self._folder}"]
        flags.append(f"--autoplay-policy={'no-user-gesture' if autoplay else 'document-user-activation'}-required")
        self._process = subprocess.Popen(
            [EXECUTABLE, *flags, "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.browser: Browser = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{self._port()}")

    def _port(self) -> int:
        file = Path(self._folder) / "DevToolsActivePort"
        end = time.monotonic() + 20
        while time.monotonic() < end:
            if file.exists() and (lines := file.read_text().splitlines()):
                return int(lines[0])
            if self._process.poll() is not None:
                raise AssertionError(f"Chromium ended with {self._process.returncode}")
            time.sleep(0.02)
        raise AssertionError("Chromium did not open its debugging port within 20 s")

    def page(self, url: str, *, width: int = 1280, height: int = 800, dark: bool = False) -> Page:
        """A page in a context of its own (own storage: another person), with the probe in it, opened at `url`."""
        context: BrowserContext = self.browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            bypass_csp=True,
            permissions=["camera", "microphone"],
        )
        self._contexts.append(context)
        context.add_init_script(PROBE)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto(url)
        return page

    def freeze(self) -> None:
        """SIGSTOP to all of the browser's processes."""
        os.killpg(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT to all of them."""
        os.killpg(self._process.pid, signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL to all of them: nobody says goodbye."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)

    def clear(self) -> None:
        """Close every page, and forget what they kept."""
        while self._contexts:
            self._contexts.pop().close()

    def close(self) -> None:
        """End it, whatever state it is in, and leave nothing behind."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

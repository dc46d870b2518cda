"""`content.document_pages`: pages as pypdfium2 alone draws them, whatever else is in the PDF."""

from __future__ import annotations

import base64
import gc
import io
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from support.pdfs import BAD, GOOD, HANGING, pdf, reassembled
from vlmrun import content
from vlmrun.client.exceptions import InputError

pypdfium2: Any = pytest.importorskip("pypdfium2", reason="draws pages, and is the judge")
image_module: Any = pytest.importorskip("PIL.Image", reason="looks at pages")

OUTSIDE = "/MediaBox[0 0 40 20]/CropBox[100 100 200 200]"
LONG = 600.0
"""Seconds that no test waits."""

both_processes = pytest.mark.parametrize("timeout", [LONG, None], ids=["worker", "here"])


def images(pages: Iterator[Any]) -> list[Any]:
    """The images of parts."""
    return [image(page) for page in pages]


def image(part: Any) -> Any:
    url: str = part["image_url"]["url"]
    return image_module.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))


def sizes(data: bytes, **options: Any) -> list[tuple[int, int]]:
    return [page.size for page in images(content.document_pages(data, **options))]


@pytest.fixture(name="started")
def _started(monkeypatch: pytest.MonkeyPatch) -> Generator[list[tuple[subprocess.Popen[bytes], dict[str, Any]]]]:
    """The processes that a test starts, and how; those of other tests are not used."""
    from vlmrun._inputs import pdf_process

    started: list[tuple[subprocess.Popen[bytes], dict[str, Any]]] = []
    start: Any = subprocess.Popen

    def starts(*arguments: Any, **options: Any) -> Any:
        process = start(*arguments, **options)
        started.append((process, options))
        return process

    monkeypatch.setattr(pdf_process, "processes", pdf_process.Processes())
    monkeypatch.setattr(subprocess, "Popen", starts)
    yield started
    monkeypatch.undo()
    gc.collect()


# What is drawn --------------------------------------------------------------------------------------------------------


@both_processes
def test_pages_are_those_of_pypdfium2(timeout: float | None) -> None:
    """Pixel for pixel, where the size in pixels is whole."""
    data = (Path(__file__).parents[2] / "examples" / "assets" / "invoice.pdf").read_bytes()
    document = pypdfium2.PdfDocument(data)
    document.init_forms()
    judged = [page.render(scale=2).to_pil() for page in document]
    ours = images(content.document_pages(data, dpi=144, timeout=timeout))
    assert len(ours) == len(judged) > 0
    for drawn, expected in zip(ours, judged, strict=True):
        width, height = (min(one, other) for one, other in zip(drawn.size, expected.size, strict=True))
        if drawn.size == expected.size:
            assert drawn.convert("RGB").tobytes() == expected.convert("RGB").tobytes()
        assert max(abs(drawn.size[0] - width), abs(drawn.size[1] - height)) <= 1


@pytest.mark.parametrize(
    ("box", "dpi", "size"),
    [
        ("0 0 612 792", 150, (1275, 1650)),  # US Letter
        ("0 0 612 792", 300, (2550, 3300)),
        ("0 0 595.276 841.89", 150, (1240, 1754)),  # A4
        ("0 0 612 1008", 150, (1275, 2100)),  # US Legal
        ("0 0 0.1 0.1", 72, (1, 1)),
    ],
)
def test_sizes_are_rounded_to_the_nearest(box: str, dpi: float, size: tuple[int, int]) -> None:
    """792 points at 150 dpi are 1650 rows, and not the 1651 of 792 * (150 / 72) rounded up."""
    assert sizes(pdf(f"/MediaBox[{box}]"), dpi=dpi) == [size]


def test_user_unit_is_honoured() -> None:
    """A page of large drawings says how many points its unit has: directly, in another object, compressed or not."""
    more = "5 0 obj 3 endobj"
    data = pdf(GOOD, GOOD + "/UserUnit 2.5", GOOD + "/UserUnit 5 0 R", GOOD + "/UserUnit 0", more=more)
    assert sizes(data, dpi=72) == [(40, 20), (100, 50), (120, 60), (40, 20)]
    for is_flate in (True, False):
        assert sizes(reassembled(GOOD + "/UserUnit 2.5", is_flate=is_flate), dpi=72) == [(100, 50)]
        assert sizes(reassembled(GOOD, is_flate=is_flate), dpi=72) == [(40, 20)]


def test_user_unit_may_lie_across_two_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search for it reads in pieces."""
    from vlmrun._inputs import user_units

    for size in range(9, 40):
        monkeypatch.setattr(user_units, "_CHUNK", size)
        assert sizes(pdf(GOOD + "/UserUnit 2.5"), dpi=72, timeout=None) == [(100, 50)]


def test_giant_user_unit_is_too_large() -> None:
    """It does not allocate what it says."""
    with pytest.raises(InputError, match=r"page 1 .* pixels"):
        sizes(pdf(GOOD + "/UserUnit 99999"))


# Pages that cannot be drawn -------------------------------------------------------------------------------------------


@both_processes
def test_page_that_is_empty_is_named(timeout: float | None) -> None:
    """A CropBox outside its MediaBox leaves nothing."""
    pages = content.document_pages(pdf(GOOD, OUTSIDE, GOOD), timeout=timeout)
    next(pages)
    with pytest.raises(InputError, match=r"page 2 .* CropBox .* on_error"):
        next(pages)


@both_processes
def test_later_pages_can_be_had(timeout: float | None, caplog: pytest.LogCaptureFixture) -> None:
    """What is left out is logged."""
    data = pdf(GOOD, OUTSIDE, "/MediaBox[0 0 20 40]", OUTSIDE)
    with caplog.at_level(logging.WARNING, "vlmrun"):
        assert sizes(data, dpi=72, timeout=timeout, on_error="skip") == [(40, 20), (20, 40)]
    assert [f"page {number}" in message for number, message in zip((2, 4), caplog.messages, strict=True)] == [True] * 2


@both_processes
def test_whatever_pypdfium2_raises_is_an_input_error(timeout: float | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the page; here it is told to raise."""
    if timeout is None:
        monkeypatch.setattr(pypdfium2.PdfPage, "get_size", _raises)
    else:
        from vlmrun._inputs import pdf_process

        broken = "import pypdfium2; pypdfium2.PdfPage.get_size = lambda self: {}[7];"
        monkeypatch.setattr(
            pdf_process, "PROGRAM", pdf_process.PROGRAM.replace("faulthandler.c", broken + "faulthandler.c")
        )
        monkeypatch.setattr(pdf_process, "processes", pdf_process.Processes())
    with pytest.raises(InputError, match="page 1 of source cannot be rendered: 7"):
        sizes(pdf(GOOD), timeout=timeout)


def _raises(_: object) -> object:
    raise KeyError(7)


@pytest.mark.parametrize("on_error", ["ignore", "", None, True, 3])
def test_bad_on_error_is_refused_at_once(on_error: Any) -> None:
    """Not when the first page is asked for."""
    with pytest.raises(InputError, match="on_error"):
        content.document_pages(pdf(GOOD), on_error=on_error)


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), "60", True])
def test_bad_timeout_is_refused_at_once(timeout: Any) -> None:
    """Not when the first page is asked for."""
    with pytest.raises(InputError, match="timeout"):
        content.document_pages(pdf(GOOD), timeout=timeout)


def test_timeout_may_be_longer_than_clocks_count() -> None:
    """As for any other method."""
    assert len(sizes(pdf(GOOD), timeout=threading.TIMEOUT_MAX)) == 1


# Pages that hang ------------------------------------------------------------------------------------------------------


def test_hanging_page_ends_in_time() -> None:
    """The error says which page, the timeout and what to do; the pages around it can be had."""
    assert len(HANGING) < 1000
    pages = content.document_pages(HANGING, timeout=2)
    next(pages)
    began = time.monotonic()
    with pytest.raises(InputError, match=r"page 2 of source .* within the timeout of 2 s\. Try: pass a longer timeout"):
        next(pages)
    assert 2 <= time.monotonic() - began < 60
    assert sizes(HANGING, dpi=72, timeout=2, on_error="skip") == [(40, 20), (40, 20)]


def test_others_go_on_while_one_hangs(started: list[tuple[subprocess.Popen[bytes], Any]]) -> None:
    """In other threads; and a crash, as which the end of the process looks here, is an error of its page."""
    raised: list[str] = []

    def hang() -> None:
        try:
            list(content.document_pages(HANGING, timeout=LONG))
        except InputError as error:
            raised.append(str(error))

    thread = threading.Thread(target=hang, daemon=True)
    thread.start()
    while not started:
        time.sleep(0.01)
    hanging = started[0][0]
    for _ in range(3):
        assert sizes(pdf(GOOD), dpi=72) == [(40, 20)]
    assert thread.is_alive()
    time.sleep(0.5)  # or it is ended before it hangs, which is an error as well, of another page
    hanging.kill()
    thread.join(60)
    assert raised
    assert "crashed" in raised[0]


def test_process_that_died_is_replaced(started: list[tuple[subprocess.Popen[bytes], Any]]) -> None:
    """Between two pages, too, without an error."""
    pages = content.document_pages(pdf(GOOD, GOOD), dpi=72)
    next(pages)
    [(process, _)] = started
    process.kill()
    process.wait()
    assert image(next(pages)).size == (40, 20)
    assert len(started) == 2


def test_processes_are_kept(started: list[tuple[subprocess.Popen[bytes], Any]]) -> None:
    """One thread needs one, for any number of documents that it has open."""
    held = [content.document_pages(pdf(GOOD, f"/MediaBox[0 0 {size} 7]"), dpi=72) for size in range(5, 25)]
    for pages in held:
        next(pages)
    assert [image(next(pages)).size for pages in held] == [(size, 7) for size in range(5, 25)]
    assert len(started) == 1


def test_threads_render_at_the_same_time() -> None:
    """Each gets its own pages."""
    found: dict[int, list[tuple[int, int]]] = {}

    def render(size: int) -> None:
        found[size] = sizes(pdf(*[f"/MediaBox[0 0 {size} {page}]" for page in range(1, 6)]), dpi=72)

    threads = [threading.Thread(target=render, args=[size]) for size in range(10, 14)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {size: [(size, page) for page in range(1, 6)] for size in range(10, 14)}


def test_interrupted_page_is_not_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while a page is rendered: its answer is not taken for that to another request."""
    from vlmrun._inputs import pdf_process

    pages = content.document_pages(pdf(GOOD, "/MediaBox[0 0 9 9]"), dpi=72)
    with monkeypatch.context() as patch:
        patch.setattr(pdf_process, "read_frame", _interrupts)
        with pytest.raises(KeyboardInterrupt):
            next(pages)
    assert sizes(pdf("/MediaBox[0 0 30 30]"), dpi=72) == [(30, 30)]


def _interrupts(_: object) -> None:
    raise KeyboardInterrupt


def test_process_gets_no_key(monkeypatch: pytest.MonkeyPatch, started: list[tuple[Any, dict[str, Any]]]) -> None:
    """It reads what strangers wrote."""
    monkeypatch.setenv("VLMRUN_API_KEY", "sesame-4711")
    monkeypatch.setenv("OPENAI_API_KEY", "sesame-4711")
    sizes(pdf(GOOD))
    assert started[0][1]["env"]
    assert "sesame-4711" not in started[0][1]["env"].values()


@pytest.mark.parametrize("name", ["frozen", "executable"])
def test_program_without_a_python_is_told_what_to_do(
    name: str, monkeypatch: pytest.MonkeyPatch, started: list[object]
) -> None:
    """Running it again would run something else."""
    monkeypatch.setattr(sys, name, True if name == "frozen" else "", raising=False)
    with pytest.raises(InputError, match=r"Try: pass timeout=None"):
        content.document_pages(pdf(GOOD))
    assert started == []
    assert len(sizes(pdf(GOOD), timeout=None)) == 1


def test_python_that_does_not_start_is_an_input_error(monkeypatch: pytest.MonkeyPatch, started: list[Any]) -> None:
    """It may be another program."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(InputError, match=r"no process can be started .* timeout=None"):
        content.document_pages(pdf(GOOD))
    assert len(started) == 1
    assert started[0][0].returncode is not None


# Programs -------------------------------------------------------------------------------------------------------------


def run(folder: Path, code: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a program that has `pages`, of three, in front of it."""
    (folder / "three.pdf").write_bytes(pdf(GOOD, GOOD, GOOD))
    (folder / "hanging.pdf").write_bytes(HANGING)
    script = folder / "script.py"
    script.write_text("from vlmrun import content\npages = content.document_pages('three.pdf')\n" + code)
    return subprocess.run(  # noqa: S603  # this very interpreter
        [sys.executable, *options, str(script)], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )


_CHILDREN = """
import subprocess
started = []
start = subprocess.Popen.__init__
def init(self, *a, **k):
    start(self, *a, **k)
    started.append(self.pid)
subprocess.Popen.__init__ = init
"""


def _is_running(number: int) -> bool:
    """Whether a process is there, and no zombie."""
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_main_module_is_not_run_again(tmp_path: Path) -> None:
    """It needs no `if __name__ == "__main__":`."""
    done = run(tmp_path, "print('main', len(list(pages)))")
    assert (done.stdout, done.stderr) == ("main 3\n", "")


def test_nothing_of_the_current_folder_is_run(tmp_path: Path) -> None:
    """Where documents lie, others may have put a `json.py`."""
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    (downloads / "a.pdf").write_bytes(pdf(GOOD))
    (downloads / "json.py").write_text("open('run', 'w')")
    script = tmp_path / "script.py"
    script.write_text("from vlmrun import content\nprint(len(list(content.document_pages('a.pdf'))))")
    done = subprocess.run(  # noqa: S603  # this very interpreter
        [sys.executable, str(script)], cwd=downloads, capture_output=True, text=True, timeout=300, check=False
    )
    assert (done.stdout, done.stderr) == ("1\n", "")
    assert not (downloads / "run").exists()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
def test_program_ends_without_a_trace(tmp_path: Path) -> None:
    """With pages that are held, in development mode, where warnings are errors: no process and no file is left."""
    (tmp_path / "temporary").mkdir()
    (tmp_path / "three.pdf").write_bytes(pdf(GOOD, GOOD, GOOD))
    script = tmp_path / "script.py"
    script.write_text(
        _CHILDREN
        + "import pathlib\nfrom vlmrun import content\npages = content.document_pages('three.pdf')\n"
        + "held = content.document_pages(pathlib.Path('three.pdf').read_bytes())\n"
        + "next(pages); next(held); print(*started)"
    )
    done = subprocess.run(  # noqa: S603  # this very interpreter
        [sys.executable, "-X", "dev", "-W", "error", str(script)],
        cwd=tmp_path,
        env=os.environ | {"TMPDIR": str(tmp_path / "temporary")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    numbers = [int(number) for number in done.stdout.split()]
    assert numbers
    assert not any(map(_is_running, numbers))
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
def test_hanging_process_ends_after_its_parent(tmp_path: Path) -> None:
    """Even if that was killed: the process ends itself when the time is over."""
    (tmp_path / "hanging.pdf").write_bytes(HANGING)
    script = tmp_path / "script.py"
    script.write_text(
        _CHILDREN + "from vlmrun import content\nimport signal, threading\n"
        "pages = content.document_pages('hanging.pdf', timeout=5); next(pages)\n"
        "def end(): print(*started, flush=True); os.kill(os.getpid(), signal.SIGKILL)\n"
        "threading.Timer(1, end).start()\nnext(pages)\n"
    )
    done = subprocess.run([sys.executable, str(script)], cwd=tmp_path, capture_output=True, timeout=300, check=False)  # noqa: S603  # this very interpreter
    [number] = map(int, done.stdout.split())
    deadline = time.monotonic() + 120
    while _is_running(number) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _is_running(number)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_forked_process_has_its_own(tmp_path: Path) -> None:
    """Both go on with the same pages, while another thread renders; neither gets the other's."""
    code = """
import os, threading
data = open('three.pdf', 'rb').read()
busy = threading.Thread(target=lambda: [list(content.document_pages(data)) for _ in range(20)])
busy.start()
next(pages)
child = os.fork()
count = len(list(pages)) + len(list(content.document_pages(data)))
if child == 0:
    os._exit(count)
busy.join()
print(count, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = run(tmp_path, code, "-W", "error")
    assert (done.stdout, done.returncode) == ("5 5\n", 0)


def test_interrupt_of_the_terminal_leaves_the_process_alone(started: list[tuple[Any, Any]]) -> None:
    """Ctrl-C reaches all processes of a terminal."""
    import signal

    sizes(pdf(GOOD))
    process = started[0][0]
    process.send_signal(signal.SIGINT)
    sizes(pdf(GOOD))
    assert process.poll() is None
    assert len(started) == 1


# What is read ---------------------------------------------------------------------------------------------------------


@pytest.fixture(name="temporary")
def _temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files are made."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.parametrize("junk", [b"\xef\xbb\xbf", b"\r\n", b" " * 1000, b"\x1b%-12345X@PJL\r\n", b"x" * 1024])
def test_header_may_come_late(junk: bytes) -> None:
    """Within the first 1,024 bytes, as in other readers."""
    assert len(pypdfium2.PdfDocument(junk + pdf(GOOD))) == 1
    assert sizes(junk + pdf(GOOD), dpi=72) == [(40, 20)]


class Counting(io.RawIOBase):
    """A gigabyte of zeros, of which it counts what is read."""

    def __init__(self) -> None:
        super().__init__()
        self.position = 0

    def read(self, size: int = -1, /) -> bytes:
        size = min((1 << 30) - self.position, size if size >= 0 else 1 << 30)
        self.position += size
        return bytes(size)


def test_what_is_no_pdf_is_not_read() -> None:
    """The head is enough."""
    source: Any = Counting()
    with pytest.raises(InputError, match="expected a PDF"):
        content.document_pages(source)
    assert source.position <= 1 << 20


def test_path_is_read_where_it_is(tmp_path: Path, temporary: Path) -> None:
    """It is not copied."""
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(GOOD, GOOD))
    pages = content.document_pages(path)
    next(pages)
    assert list(temporary.iterdir()) == []


@both_processes
def test_temporary_file_is_removed(timeout: float | None, temporary: Path) -> None:
    """When pages are used up, abandoned, never asked for, or refused; nobody else can read it meanwhile."""
    data = pdf(GOOD, GOOD)
    pages = content.document_pages(io.BytesIO(data), timeout=timeout)
    [copy] = temporary.iterdir()
    assert copy.read_bytes() == data
    assert os.name != "posix" or copy.stat().st_mode & 0o077 == 0
    list(pages)
    assert list(temporary.iterdir()) == []
    abandoned = content.document_pages(data, timeout=timeout)
    next(abandoned)
    unused = content.document_pages(data, timeout=timeout)
    assert len(list(temporary.iterdir())) == 2
    del abandoned, unused
    gc.collect()
    with pytest.raises(InputError):
        content.document_pages(b"%PDF-1.7 nothing", timeout=timeout)
    assert list(temporary.iterdir()) == []


def test_full_disk_is_an_input_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """That says what to do."""
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    with pytest.raises(InputError, match=r"temporary file: No such file .* TMPDIR"):
        content.document_pages(pdf(GOOD))


@pytest.mark.skipif(not Path("/dev/stdin").exists(), reason="there is no /dev/stdin")
def test_path_that_means_another_file_elsewhere(tmp_path: Path) -> None:
    """`/dev/stdin` is of each process its own; a pipe can be read once."""
    (tmp_path / "a.pdf").write_bytes(pdf(GOOD, GOOD))
    code = "from vlmrun import content; print(len(list(content.document_pages('/dev/stdin'))))"
    with (tmp_path / "a.pdf").open("rb") as file:
        assert _printed(code, stdin=file) == "2\n"
    assert _printed(code, input=pdf(GOOD, GOOD)) == "2\n"


def _printed(code: str, stdin: BinaryIO | None = None, input: bytes | None = None) -> str:
    done = subprocess.run(  # noqa: S603  # this very interpreter
        [sys.executable, "-c", code], stdin=stdin, input=input, capture_output=True, timeout=300, check=True
    )
    return done.stdout.decode()


def test_paths_may_have_any_name(tmp_path: Path) -> None:
    """Blanks, other scripts, and bytes that are no text."""
    names = ["a b.pdf", "résumé €.pdf", "'\".pdf"]
    if sys.platform == "linux":
        names.append(os.fsdecode(b"\xff.pdf"))
    for name in names:
        path = tmp_path / name
        path.write_bytes(pdf(GOOD))
        assert len(list(content.document_pages(path))) == 1
        assert len(list(content.document_pages(path, timeout=None))) == 1


def sparse(path: Path, size: int) -> None:
    """Write a PDF of one page with so much between its page and its table."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"]
    objects.append(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 40 20]>>")
    with path.open("wb") as file:
        file.write(b"%PDF-1.7\n")
        where: list[int] = []
        for number, text in enumerate(objects, 1):
            where.append(file.tell())
            file.write(b"%d 0 obj %b endobj\n" % (number, text))
        file.seek(size)
        table = file.tell()
        file.write(b"xref\n0 4\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % at for at in where))
        file.write(b"trailer <</Root 1 0 R/Size 4>>\nstartxref\n%d\n%%%%EOF\n" % table)


# Linux counts the memory of the process that starts another into the peak of that one: a small one stands between.
_BETWEEN = "import subprocess, sys; sys.exit(subprocess.run([sys.executable, '-c', *sys.argv[1:]]).returncode)"
_PEAK = """
import resource, sys
from vlmrun import content
source = open('large.pdf', 'rb') if sys.argv[1] == 'file' else 'large.pdf'
for timeout in (600, None):
    assert len(list(content.document_pages(source, timeout=timeout))) == 1
    if sys.argv[1] == 'file': source.seek(0)
import gc
from vlmrun._inputs import pdf_process
pdf_process.processes.after_fork(); gc.collect()  # its processes end, and are counted
unit = 1 if sys.platform == 'darwin' else 1024
print(sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) * unit)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no resource")
@pytest.mark.parametrize("kind", ["path", "file"])
def test_large_pdf_is_not_held_in_memory(kind: str, tmp_path: Path) -> None:
    """400 MB need less than 1.2 times that: far less, in both processes together."""
    size = 400_000_000
    sparse(tmp_path / "large.pdf", size)
    done = subprocess.run(  # noqa: S603  # this very interpreter
        [sys.executable, "-c", _BETWEEN, _PEAK, kind],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.stderr == ""
    assert int(done.stdout) < size


def test_bad_pages_of_a_hostile_pdf_are_three() -> None:
    """What the tests above stand on."""
    assert len(pypdfium2.PdfDocument(HANGING)) == 3
    assert "0.00001" in HANGING.decode()
    assert BAD in HANGING.decode()


@pytest.mark.skipif(sys.platform != "linux", reason="pipes have one size elsewhere")
def test_a_page_fits_into_the_pipe(started: list[tuple[subprocess.Popen[bytes], dict[str, Any]]]) -> None:
    """So that the two processes do not take turns for one page, each of which costs a wait on a busy machine."""
    import fcntl

    assert sizes(pdf(GOOD)) == [(83, 42)]
    ((process, _),) = started
    assert process.stdout is not None
    assert fcntl.fcntl(process.stdout, fcntl.F_GETPIPE_SZ) == 1 << 20

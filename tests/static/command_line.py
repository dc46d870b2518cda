"""The entry point of the command `vlmrun`."""

from __future__ import annotations

from typing_extensions import assert_type

from vlmrun.cli import main


def it_returns_an_exit_code() -> None:
    assert_type(main(["--version"]), int)
    main()


def arguments_are_a_list() -> None:
    main("--version")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]

"""The errors to a checker: what they are, how they are made, and what they carry."""

from __future__ import annotations

from typing_extensions import assert_type

import vlmrun
import vlmrun.exceptions
from vlmrun.client.exceptions import (
    AnswerError,
    APIError,
    AuthenticationError,
    ClientError,
    ConfigurationError,
    ConflictError,
    ContentFilterError,
    DependencyError,
    IncompleteOutputError,
    InputError,
    MissingFileError,
    NetworkError,
    PaymentRequiredError,
    PermissionDeniedError,
    RateLimitError,
    RefusalError,
    RequestTimeoutError,
    RequestTooLargeError,
    ResourceNotFoundError,
    ResponseValidationError,
    ServerError,
    UnprocessableEntityError,
    ValidationError,
    VLMRunError,
)


def what_they_are() -> None:
    all_of_them: list[type[VLMRunError]] = [ClientError, APIError]
    nothing_was_sent: list[type[ClientError]] = [ConfigurationError, InputError, DependencyError]
    the_server_was_asked: list[type[APIError]] = [
        NetworkError,
        RequestTimeoutError,
        ResponseValidationError,
        ValidationError,
        AuthenticationError,
        PaymentRequiredError,
        PermissionDeniedError,
        ResourceNotFoundError,
        ConflictError,
        RequestTooLargeError,
        RateLimitError,
        ServerError,
    ]
    refused: type[ValidationError] = UnprocessableEntityError
    absent: type[ImportError] = DependencyError
    bad_value: type[ValueError] = InputError
    no_file: type[FileNotFoundError] = MissingFileError
    too_late: list[type[TimeoutError]] = [RequestTimeoutError, vlmrun.ExecutionTimeoutError]
    del bad_value, no_file, too_late
    del all_of_them, nothing_was_sent, the_server_was_asked, refused, absent


def what_they_are_not() -> None:
    api_error: type[APIError] = VLMRunError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    client_error: type[ClientError] = APIError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    network_error: type[NetworkError] = ClientError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    import_error: type[ImportError] = ConfigurationError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    value_error: type[ValueError] = ConfigurationError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    file_not_found: type[FileNotFoundError] = InputError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    missing_file: type[MissingFileError] = InputError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    module_not_found: type[ModuleNotFoundError] = DependencyError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    os_error: type[OSError] = NetworkError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    builtin_timeout: type[TimeoutError] = NetworkError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    key_error: type[KeyError] = ResourceNotFoundError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    request_timeout: type[RequestTimeoutError] = APIError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    unprocessable: type[UnprocessableEntityError] = ValidationError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    refusal: type[ValidationError] = ResponseValidationError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    builtin_permission: type[PermissionError] = PermissionDeniedError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    authentication: type[AuthenticationError] = PaymentRequiredError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    paid: type[PaymentRequiredError] = AuthenticationError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    conflict: type[ConflictError] = RequestTooLargeError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    too_large: type[RequestTooLargeError] = ConflictError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    rate: type[RateLimitError] = ServerError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    server: type[ServerError] = RateLimitError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    other: type[ClientError] = UnprocessableEntityError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del api_error, client_error, network_error, import_error, value_error, module_not_found, os_error, builtin_timeout
    del key_error, unprocessable, refusal, builtin_permission, authentication, paid, conflict, too_large, rate
    del request_timeout, server, other, file_not_found, missing_file


def how_they_are_made() -> None:
    assert_type(InputError("No.", suggestion="Do.", error_type="input"), InputError)
    assert_type(RateLimitError("Slow.", http_status=429, headers={}, body=None, request_id="r"), RateLimitError)

    assert_type(InputError(), InputError)
    assert_type(APIError(method="GET", url="https://a.test/v1/agent", attempts=1, seconds=0.5), APIError)

    APIError(attempts="1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    APIError(seconds="1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    InputError("No.", "Do.")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]
    InputError("No.", http_status=400)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[unknown-argument]  # pyrefly: ignore[unexpected-keyword]
    RateLimitError("Slow.", http_status="429")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]


def what_they_carry(error: VLMRunError) -> None:
    assert_type(error.message, str)
    assert_type(error.suggestion, str | None)
    assert_type(error.error_type, str | None)
    if isinstance(error, APIError):
        assert_type(error.http_status, int | None)
        assert_type(error.request_id, str | None)
        assert_type(error.headers["x-request-id"], str)
        assert_type(error.method, str | None)
        assert_type(error.url, str | None)
        assert_type(error.attempts, int | None)
        assert_type(error.seconds, float | None)
        assert_type(error.body, object)
        error.method.lower()  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]  # ty: ignore[missing-union-attribute]  # pyrefly: ignore[missing-attribute]
        error.url.lower()  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]  # ty: ignore[missing-union-attribute]  # pyrefly: ignore[missing-attribute]
        error.body["detail"]  # type: ignore[index]  # pyright: ignore[reportIndexIssue]  # ty: ignore[not-subscriptable]  # pyrefly: ignore[bad-index]
    else:
        error.http_status  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]


def they_are_exported_at_the_top() -> None:
    assert_type(vlmrun.VLMRunError(), VLMRunError)
    assert_type(vlmrun.APIError(), APIError)
    assert_type(vlmrun.exceptions.MissingFileError(), MissingFileError)
    timeout: type[TimeoutError] = vlmrun.APIError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del timeout


def why_an_answer_ended(error: AnswerError) -> None:
    endings: list[type[AnswerError]] = [RefusalError, ContentFilterError, IncompleteOutputError]
    assert_type(error.text, str)
    assert_type(error.finish_reason, str | None)
    assert_type(AnswerError("No.", text="a", finish_reason="length"), AnswerError)

    error.finish_reason.lower()  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]  # ty: ignore[missing-union-attribute]  # pyrefly: ignore[missing-attribute]
    refusal: type[RefusalError] = AnswerError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    content_filter: type[ContentFilterError] = RefusalError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    incomplete: type[IncompleteOutputError] = RefusalError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    not_for_answers: type[AnswerError] = APIError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del endings, refusal, content_filter, incomplete, not_for_answers

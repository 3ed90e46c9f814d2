import { ConnectError } from '@sluice/api';

/**
 * An error that knows its HTTP status. Everything else that a herder throws is a 404 (NotFoundError), 409 (AlreadyExistsError) or 500.
 *
 * Source: org.apache.kafka.connect.runtime.rest.errors.ConnectRestException
 */
export class ConnectRestError extends ConnectError {
  readonly status: number;
  /** The class that the original throws, where an answer shows it. */
  readonly javaClass: string = 'org.apache.kafka.connect.runtime.rest.errors.ConnectRestException';

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** 400. Source: org.apache.kafka.connect.runtime.rest.errors.BadRequestException */
export class BadRequestError extends ConnectRestError {
  override readonly javaClass: string = 'org.apache.kafka.connect.runtime.rest.errors.BadRequestException';

  constructor(message: string, options?: ErrorOptions) {
    super(400, message, options);
  }
}

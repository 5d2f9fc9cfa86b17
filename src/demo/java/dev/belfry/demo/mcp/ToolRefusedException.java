package dev.belfry.demo.mcp;

/** A tool cannot do what it was asked to. The message is for the caller. */
class ToolRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ToolRefusedException(String message) {
    super(message);
  }

  ToolRefusedException(String message, Throwable cause) {
    super(message, cause);
  }
}

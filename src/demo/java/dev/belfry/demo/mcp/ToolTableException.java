package dev.belfry.demo.mcp;

/** The table of tools could not be read or changed. */
class ToolTableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ToolTableException(Throwable cause) {
    super("The table of tools cannot be used: " + cause.getMessage(), cause);
  }
}

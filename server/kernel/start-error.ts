/**
 * A reason not to start that the person at the terminal can mend: a wrong variable, a taken port, an
 * unreachable database.
 * Its message is one whole sentence; it is printed alone, without a stack, and the process ends with 1.
 */
export class StartError extends Error {
  override name = "StartError";
}

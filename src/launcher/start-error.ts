/** Something that keeps my21staff from starting. Its message is one line for people. */
export class StartError extends Error {
  override name = 'StartError'
}

/**
 * Gives a text area the height of its text where the browser does not know `field-sizing`. To be called after each
 * change of the text.
 */
export function growWithText(field: HTMLTextAreaElement): void {
  if (CSS.supports('field-sizing', 'content')) return
  field.style.height = 'auto'
  field.style.height = `${String(field.scrollHeight)}px`
}

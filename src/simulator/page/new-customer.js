/** The dialog for a new customer. */
import { call } from './api.js'
import { find } from './dom.js'

/** @param {(id: string) => void} onAdded */
export function prepareNewCustomer(onAdded) {
  const dialog = find('dialog', HTMLDialogElement)
  const form = find('new-customer', HTMLFormElement)
  const error = find('dialog-error', HTMLParagraphElement)

  function showKindFields() {
    const kind = new FormData(form).get('kind')
    find('phone-field', HTMLLabelElement).hidden = kind === 'username'
    find('username-field', HTMLLabelElement).hidden = kind === 'phone'
    error.textContent = ''
  }

  find('add', HTMLButtonElement).addEventListener('click', () => {
    form.reset()
    showKindFields()
    dialog.showModal()
  })
  find('cancel', HTMLButtonElement).addEventListener('click', () => {
    dialog.close()
  })
  form.addEventListener('change', showKindFields)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const { name = '', kind, phone, username } = Object.fromEntries(new FormData(form))
    if (!String(name).trim()) {
      error.textContent = 'Give the customer a name.'
      return
    }
    const fields = {
      name,
      kind,
      ...(phone && kind !== 'username' ? { phone } : {}),
      ...(username && kind !== 'phone' ? { username } : {}),
    }
    call('POST', 'customers', fields)
      .then((customer) => {
        dialog.close()
        onAdded(customer.id)
      })
      .catch((/** @type {Error} */ reason) => {
        error.textContent = reason.message
      })
  })
}

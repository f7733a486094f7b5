/**
 * What an error code of WhatsApp, Kapso or the outbox means: whether trying again helps, what the user reads, and what
 * they can do. The one place for it. Codes: Meta's Cloud API error codes, Kapso's REST API, and our own words for
 * what never reached WhatsApp.
 */

export type Language = 'en' | 'id'
type Text = Record<Language, string>

/**
 * `retryable`: the same message may well go through a little later, by itself.
 * `permanent`: this message will not reach this person as it is.
 * `needs_person`: nothing goes out on this channel until somebody puts the account, number or connection right.
 */
export type ErrorCategory = 'retryable' | 'permanent' | 'needs_person'

export interface DeliveryError {
  category: ErrorCategory
  title: Text
  nextStep: Text
}

interface DeliveryErrorRow extends DeliveryError {
  codes: readonly (string | number)[]
}

const askAdmin: Text = {
  en: 'Ask an admin to check the WhatsApp connection in the settings.',
  id: 'Minta admin memeriksa koneksi WhatsApp di pengaturan.',
}
const sendAgain: Text = { en: 'Send it again in a while.', id: 'Kirim lagi beberapa saat kemudian.' }

const rows: readonly DeliveryErrorRow[] = [
  {
    codes: [131047, 'window_closed'],
    category: 'permanent',
    title: { en: 'The 24-hour reply window is closed', id: 'Jendela balasan 24 jam sudah tertutup' },
    nextStep: {
      en: 'Send an approved template, or wait until the customer writes again.',
      id: 'Kirim templat yang disetujui, atau tunggu sampai pelanggan menulis lagi.',
    },
  },
  {
    codes: [131026],
    category: 'permanent',
    title: {
      en: 'WhatsApp could not deliver to this person',
      id: 'WhatsApp tidak dapat mengirim ke orang ini',
    },
    nextStep: {
      en: 'Check that the number uses WhatsApp, or reach them another way.',
      id: 'Periksa apakah nomor ini memakai WhatsApp, atau hubungi dengan cara lain.',
    },
  },
  {
    codes: [131056],
    category: 'retryable',
    title: {
      en: 'Too many messages to this person at once',
      id: 'Terlalu banyak pesan ke orang ini sekaligus',
    },
    nextStep: { en: 'Wait a minute before you write again.', id: 'Tunggu satu menit sebelum menulis lagi.' },
  },
  {
    codes: [130429, 80007, 4, 'rate_limited'],
    category: 'retryable',
    title: { en: 'WhatsApp asked us to slow down', id: 'WhatsApp meminta pengiriman diperlambat' },
    nextStep: sendAgain,
  },
  {
    codes: ['wrong_type', 'empty'],
    category: 'permanent',
    title: { en: 'The file is not what its name says', id: 'Isi berkas tidak sesuai dengan namanya' },
    nextStep: {
      en: 'Save it again in its own format, then attach it once more.',
      id: 'Simpan ulang dalam format aslinya, lalu lampirkan sekali lagi.',
    },
  },
  {
    codes: ['media_upload_failed', 'gone'],
    category: 'retryable',
    title: {
      en: 'The file could not be handed to WhatsApp',
      id: 'Berkas tidak dapat diserahkan ke WhatsApp',
    },
    nextStep: { en: 'Attach it again and send it.', id: 'Lampirkan ulang lalu kirim.' },
  },
  {
    codes: ['conversation_busy'],
    category: 'retryable',
    title: {
      en: 'Another message of this conversation was still on its way',
      id: 'Pesan lain di percakapan ini masih dalam proses pengiriman',
    },
    nextStep: sendAgain,
  },
  {
    codes: [131000, 131016, 133004, 131057, 1, 2],
    category: 'retryable',
    title: { en: 'WhatsApp had a problem', id: 'WhatsApp sedang bermasalah' },
    nextStep: sendAgain,
  },
  {
    codes: ['unreachable'],
    category: 'retryable',
    title: { en: 'The WhatsApp service could not be reached', id: 'Layanan WhatsApp tidak dapat dihubungi' },
    nextStep: {
      en: 'The message was not sent. Send it again in a while.',
      id: 'Pesan tidak terkirim. Kirim lagi beberapa saat kemudian.',
    },
  },
  {
    codes: ['no_answer'],
    category: 'permanent',
    title: { en: 'The WhatsApp service did not answer', id: 'Layanan WhatsApp tidak menjawab' },
    nextStep: {
      en: 'We checked: the message was not sent. Send it again.',
      id: 'Sudah diperiksa: pesan tidak terkirim. Kirim lagi.',
    },
  },
  {
    codes: [131048],
    category: 'needs_person',
    title: { en: 'WhatsApp restricted this number for spam', id: 'WhatsApp membatasi nomor ini karena spam' },
    nextStep: {
      en: 'Stop campaigns and ask an admin to check the number’s quality.',
      id: 'Hentikan kampanye dan minta admin memeriksa kualitas nomor.',
    },
  },
  {
    codes: [131049],
    category: 'permanent',
    title: {
      en: 'WhatsApp held this marketing message back',
      id: 'WhatsApp menahan pesan pemasaran ini',
    },
    nextStep: {
      en: 'Wait at least 24 hours before you try again.',
      id: 'Tunggu setidaknya 24 jam sebelum mencoba lagi.',
    },
  },
  {
    codes: [131050, 'marketing_preference_stopped'],
    category: 'permanent',
    title: {
      en: 'This person does not want marketing messages',
      id: 'Orang ini tidak ingin menerima pesan pemasaran',
    },
    nextStep: { en: 'Do not send them offers.', id: 'Jangan kirim penawaran kepadanya.' },
  },
  {
    codes: [130472],
    category: 'permanent',
    title: {
      en: 'WhatsApp does not deliver marketing messages to this person now',
      id: 'WhatsApp saat ini tidak mengirim pesan pemasaran ke orang ini',
    },
    nextStep: { en: 'Reach them another way.', id: 'Hubungi dengan cara lain.' },
  },
  {
    codes: [131021],
    category: 'permanent',
    title: { en: 'This is your own business number', id: 'Ini nomor bisnis Anda sendiri' },
    nextStep: { en: 'Write to another number.', id: 'Tulis ke nomor lain.' },
  },
  {
    codes: [131008, 131009, 100, 33, 'invalid_request', 'too_large'],
    category: 'permanent',
    title: { en: 'WhatsApp could not read this message', id: 'WhatsApp tidak dapat membaca pesan ini' },
    nextStep: {
      en: 'Check the number and the text, and send it again.',
      id: 'Periksa nomor dan teksnya, lalu kirim lagi.',
    },
  },
  {
    codes: [131051],
    category: 'permanent',
    title: {
      en: 'WhatsApp does not support this kind of message',
      id: 'WhatsApp tidak mendukung jenis pesan ini',
    },
    nextStep: { en: 'Send it as text or as a file.', id: 'Kirim sebagai teks atau berkas.' },
  },
  {
    codes: [131052, 131053],
    category: 'permanent',
    title: { en: 'WhatsApp could not process the file', id: 'WhatsApp tidak dapat memproses berkas' },
    nextStep: {
      en: 'Send the file again, in another format if need be.',
      id: 'Kirim lagi berkasnya, bila perlu dalam format lain.',
    },
  },
  {
    codes: [131030],
    category: 'needs_person',
    title: {
      en: 'This number may only write to test recipients',
      id: 'Nomor ini hanya boleh menulis ke penerima uji',
    },
    nextStep: {
      en: 'Ask an admin to take the WhatsApp number out of test mode.',
      id: 'Minta admin mengeluarkan nomor WhatsApp dari mode uji.',
    },
  },
  {
    codes: ['sandbox_session_required'],
    category: 'needs_person',
    title: { en: 'The test number needs a new session', id: 'Nomor uji memerlukan sesi baru' },
    nextStep: {
      en: 'Ask an admin to start the sandbox session again.',
      id: 'Minta admin memulai lagi sesi sandbox.',
    },
  },
  {
    codes: [131031, 368, 130497],
    category: 'needs_person',
    title: { en: 'WhatsApp has blocked this business account', id: 'WhatsApp memblokir akun bisnis ini' },
    nextStep: {
      en: 'Ask the owner to look at the account in Meta’s business settings.',
      id: 'Minta pemilik memeriksa akun di pengaturan bisnis Meta.',
    },
  },
  {
    codes: [131042, 134011],
    category: 'needs_person',
    title: { en: 'WhatsApp payment is not set up', id: 'Pembayaran WhatsApp belum diatur' },
    nextStep: {
      en: 'Ask the owner to check the payment method at Meta.',
      id: 'Minta pemilik memeriksa metode pembayaran di Meta.',
    },
  },
  {
    codes: ['insufficient_credits'],
    category: 'needs_person',
    title: { en: 'The Kapso plan has run out of credit', id: 'Kredit paket Kapso sudah habis' },
    nextStep: {
      en: 'Ask the owner to check the plan at Kapso.',
      id: 'Minta pemilik memeriksa paket di Kapso.',
    },
  },
  {
    codes: [131037],
    category: 'needs_person',
    title: { en: 'The display name is not approved yet', id: 'Nama tampilan belum disetujui' },
    nextStep: {
      en: 'Ask the owner to have the display name approved at Meta.',
      id: 'Minta pemilik mengurus persetujuan nama tampilan di Meta.',
    },
  },
  {
    codes: [131045, 133000, 133005, 133006, 133008, 133009, 133010, 133015, 133016],
    category: 'needs_person',
    title: { en: 'The WhatsApp number is not registered', id: 'Nomor WhatsApp belum terdaftar' },
    nextStep: askAdmin,
  },
  {
    codes: [131060],
    category: 'permanent',
    title: {
      en: 'WhatsApp does not show this message here',
      id: 'WhatsApp tidak menampilkan pesan ini di sini',
    },
    nextStep: {
      en: 'Read it on the phone with the WhatsApp Business app, or ask the customer to send it again.',
      id: 'Baca di ponsel dengan aplikasi WhatsApp Business, atau minta pelanggan mengirim lagi.',
    },
  },
  {
    codes: [132015],
    category: 'permanent',
    title: { en: 'WhatsApp has paused this template', id: 'WhatsApp menjeda templat ini' },
    nextStep: {
      en: 'Choose another template. WhatsApp paused this one because people disliked it.',
      id: 'Pilih templat lain. WhatsApp menjeda templat ini karena kurang disukai penerima.',
    },
  },
  {
    codes: [132016],
    category: 'permanent',
    title: {
      en: 'WhatsApp has switched this template off',
      id: 'WhatsApp menonaktifkan templat ini',
    },
    nextStep: {
      en: 'Choose another template. This one can no longer be sent; ask an admin for a new one.',
      id: 'Pilih templat lain. Templat ini tidak dapat dikirim lagi; minta admin membuat yang baru.',
    },
  },
  {
    codes: [132000, 132001, 132005, 132007, 132012, 132068, 132069],
    category: 'permanent',
    title: { en: 'The template cannot be used', id: 'Templat tidak dapat digunakan' },
    nextStep: {
      en: 'Choose another template, or ask an admin to check this one.',
      id: 'Pilih templat lain, atau minta admin memeriksa templat ini.',
    },
  },
  {
    codes: [131062],
    category: 'permanent',
    title: { en: 'This template needs the phone number', id: 'Templat ini memerlukan nomor telepon' },
    nextStep: { en: 'Ask the customer for their number.', id: 'Minta nomor telepon pelanggan.' },
  },
  {
    codes: [190, 0, 3, 10, 131005, 'unauthorized', 'forbidden', 'no_api_key'],
    category: 'needs_person',
    title: {
      en: 'The connection to WhatsApp has no permission',
      id: 'Koneksi ke WhatsApp tidak memiliki izin',
    },
    nextStep: askAdmin,
  },
  {
    codes: ['not_found', 'messaging_account_mismatch'],
    category: 'needs_person',
    title: { en: 'Kapso does not know this WhatsApp number', id: 'Kapso tidak mengenal nomor WhatsApp ini' },
    nextStep: askAdmin,
  },
  {
    codes: [134100, 134101, 134102, 131055],
    category: 'permanent',
    title: {
      en: 'WhatsApp does not take this as a marketing message',
      id: 'WhatsApp tidak menerima ini sebagai pesan pemasaran',
    },
    nextStep: { en: 'Send it as a normal message.', id: 'Kirim sebagai pesan biasa.' },
  },
  {
    codes: ['no_address'],
    category: 'permanent',
    title: { en: 'There is no address to send to', id: 'Tidak ada alamat tujuan' },
    nextStep: {
      en: 'Wait until the customer writes again, or ask for their number.',
      id: 'Tunggu sampai pelanggan menulis lagi, atau minta nomornya.',
    },
  },
]

const permissionError = rows.find((row) => row.codes.includes(190))

const otherError: DeliveryError = {
  category: 'permanent',
  title: { en: 'WhatsApp did not take this message', id: 'WhatsApp tidak menerima pesan ini' },
  nextStep: {
    en: 'Send it again. If it keeps failing, give the code to an admin.',
    id: 'Kirim lagi. Jika tetap gagal, berikan kodenya kepada admin.',
  },
}

const byCode: ReadonlyMap<string, DeliveryError> = new Map(
  rows.flatMap((row) => row.codes.map((code) => [String(code), row] as const)),
)

/**
 * The entry of a code.
 *
 * @param code Meta's number as text, Kapso's word, or our own; an unknown one gets a general, permanent entry
 */
export function findDeliveryError(code: string): DeliveryError {
  const found = byCode.get(code)
  if (found !== undefined) return found
  // Meta keeps 200 to 299 for missing permissions.
  return (/^2\d\d$/.test(code) ? permissionError : undefined) ?? otherError
}

/** What the user reads about a failed message, in their language. */
export function describeDeliveryError(
  code: string,
  language: Language = 'en',
): { code: string; title: string; nextStep: string } {
  const error = findDeliveryError(code)
  return { code, title: error.title[language], nextStep: error.nextStep[language] }
}

/** True when the same message may well go through a little later. */
export function isRetryableError(code: string): boolean {
  return findDeliveryError(code).category === 'retryable'
}

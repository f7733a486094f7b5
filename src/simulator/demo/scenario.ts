import type { NewCustomer } from '../customers.ts'
import type { Author, MessageStatus } from '../world.ts'

/** One line of a conversation: who, how many minutes before now, what, and how far it got (default read). */
export type DemoLine = readonly [author: Author, minutesAgo: number, text: string, status?: MessageStatus]

export interface DemoCustomer {
  customer: NewCustomer
  lines: readonly DemoLine[]
}

/** Two days of a furniture shop in Yogyakarta. The bot is called Sarah; nobody in it exists. */
export const demoScenario: readonly DemoCustomer[] = [
  {
    customer: { name: 'Ratna Kusuma', kind: 'phone', phone: '+62 812 0000 2101' },
    lines: [
      ['customer', 96, 'Halo, meja makan jati yang 6 kursi masih ada?'],
      [
        'bot',
        95,
        'Halo Kak Ratna, saya Sarah, asisten Kursi & Kayu. Meja makan jati 6 kursi masih ada 3 set, mulai Rp 8.750.000. Kakak di kota mana?',
      ],
      ['customer', 91, 'Di Semarang. Bisa lihat warna natural?'],
      [
        'api',
        84,
        'Bisa, Kak. Warna natural dan walnut ready. Ongkir ke Semarang Rp 350.000, sudah termasuk rakit di tempat.',
      ],
      ['customer', 12, 'Oke saya mau yang natural 🙏'],
      ['customer', 11, 'Kalau transfer hari ini, kirimnya kapan ya?'],
    ],
  },
  {
    customer: { name: 'Bagus Prakoso', kind: 'phone', phone: '+62 857 0000 4432' },
    lines: [
      ['customer', 1320, 'Sore, sofa L pesanan saya sudah sampai mana?'],
      ['bot', 1319, 'Sore Kak Bagus. Saya cek dulu pesanannya ya, boleh minta nomor invoice?'],
      ['customer', 1310, 'INV-2208'],
      [
        'business_app',
        1290,
        'Mas Bagus, sofanya sedang finishing busa. Kirim lusa pagi, nanti sopir telepon dulu.',
      ],
      ['customer', 1284, 'Siap, terima kasih infonya'],
      ['customer', 150, 'Mas, besok jadi kirim? Saya harus izin kantor'],
      ['business_app', 141, 'Jadi Mas, jam 9 sampai 11. Nama sopirnya Pak Slamet.', 'delivered'],
    ],
  },
  {
    customer: { name: 'Sinta M.', kind: 'username', username: 'sinta.m', phone: '+62 813 0000 7750' },
    lines: [
      ['customer', 260, 'Kak, rak buku di story tadi berapa?'],
      ['bot', 259, 'Hai Kak Sinta! Rak buku Damar tinggi 180 cm Rp 1.450.000. Ada warna oak dan putih.'],
      ['customer', 251, 'Bisa custom lebarnya jadi 90 cm?'],
      [
        'api',
        233,
        'Bisa Kak, custom 90 cm jadi Rp 1.725.000, pengerjaan 10 hari kerja. Mau kami buatkan gambarnya dulu?',
      ],
      ['customer', 38, 'Mau dong, makasih kak'],
    ],
  },
  {
    customer: {
      name: 'Raden Ajeng Kusumaningtyas Purnamasari Wijayakusuma, Toko Mebel Sumber Rejeki Cabang Yogyakarta Utara',
      kind: 'phone',
      phone: '+62 878 0000 3319',
    },
    lines: [
      ['customer', 1710, 'Selamat pagi. Apakah menerima reseller untuk wilayah Jogja utara?'],
      [
        'bot',
        1709,
        'Selamat pagi Kak. Bisa, kami punya program mitra. Boleh tahu perkiraan kebutuhan per bulan?',
      ],
      ['customer', 1695, 'Sekitar 20 sampai 30 kursi cafe dan 5 meja. Mohon daftar harga grosirnya.'],
      [
        'api',
        1660,
        'Baik Bu, daftar harga grosir kami kirim ke email ya. Minimal order 10 unit per model, diskon 18%.',
      ],
      [
        'customer',
        405,
        'Emailnya sudah saya terima. Untuk model Kawi apakah bisa dicampur warnanya dalam satu kali pemesanan, misalnya 10 natural, 10 hitam, dan 5 walnut? Lalu apakah ada biaya tambahan untuk pengiriman bertahap dua kali dalam bulan yang sama?',
      ],
      ['api', 371, 'Bisa dicampur, Bu. Pengiriman bertahap dua kali masih gratis untuk area Jogja.'],
      ['customer', 64, 'Baik, nanti siang saya kabari lagi setelah rapat.'],
    ],
  },
  {
    customer: { name: 'أبو فهد 🪑✨', kind: 'both', username: 'abu.fahd', phone: '+62 815 0000 6124' },
    lines: [
      ['customer', 520, 'السلام عليكم، هل تشحنون الكراسي إلى دبي؟'],
      [
        'bot',
        519,
        'Hello! I am Sarah from Kursi & Kayu. Yes, we ship to Dubai by sea, 25 to 30 days. How many chairs do you need?',
      ],
      ['customer', 508, '40 teak chairs for a café ☕ and 12 tables'],
      [
        'api',
        470,
        'Great, a quotation for 40 chairs and 12 tables (FOB Semarang) is USD 6,120. Shall I add the freight to Jebel Ali?',
      ],
      ['customer', 171, 'Yes please 👍 and photos of the finish'],
      ['customer', 170, '🪑🪑🪑'],
    ],
  },
  {
    customer: { name: 'Hendra Gunadi', kind: 'phone', phone: '+62 811 0000 9087' },
    lines: [
      ['customer', 1428, 'Lemari 3 pintu yang sliding ready stok?'],
      [
        'bot',
        1427,
        'Halo Kak Hendra, lemari sliding 3 pintu ready 2 unit, Rp 4.900.000. Mau dikirim ke mana?',
      ],
      ['customer', 1412, 'Ke Solo. Bisa COD?'],
      ['api', 1391, 'Bisa COD untuk Solo, Kak, dengan DP 20%. Mau kami jadwalkan hari Sabtu?', 'delivered'],
    ],
  },
  {
    customer: { name: 'Maya Anggraeni', kind: 'phone', phone: '+62 821 0000 5561' },
    lines: [
      ['customer', 2790, 'Permisi, ada diskon untuk set kursi teras?'],
      ['bot', 2789, 'Ada Kak Maya! Set kursi teras Merapi diskon 15% sampai akhir bulan, jadi Rp 2.890.000.'],
      ['customer', 2775, 'Saya tanya suami dulu ya'],
      ['api', 2764, 'Silakan Kak, kami simpan harganya sampai Jumat.'],
      ['customer', 1915, 'Kak, suami minta yang ada bantalannya'],
      ['api', 1872, 'Ada Kak, tambah Rp 240.000 untuk 2 bantal. Mau kami buatkan invoicenya?'],
    ],
  },
  {
    customer: { name: 'Oliver Bennett', kind: 'both', username: 'oliver.bennett', phone: '+1 202 555 0143' },
    lines: [
      ['customer', 310, 'Hi, the coffee table arrived today but one leg has a crack.'],
      ['bot', 309, 'I am sorry to hear that, Oliver. I am handing you over to a colleague right away.'],
      ['api', 296, 'Hi Oliver, so sorry! Could you send a photo of the leg? We will replace it at no cost.'],
      ['customer', 288, 'Will do when I am home. Is it quick? We have guests on Saturday.'],
      ['api', 281, 'Our workshop can bring a new leg on Thursday afternoon, fitting takes 15 minutes.'],
      ['customer', 21, 'Thursday works, thank you!'],
    ],
  },
]

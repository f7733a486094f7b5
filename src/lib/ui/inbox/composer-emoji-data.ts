/**
 * Emoji with their English and Indonesian names and some words that they are looked for by, as Unicode orders them. One
 * a line: the emoji, English, Indonesian, separated by tabs; names first, then words, separated by commas.
 * Names and words are data of Unicode CLDR 48 (annotations), © Unicode, Inc., under the Unicode License v3
 * (https://www.unicode.org/license.txt). Without flags, skin tones and joined people.
 */
export const emojiLines = {
  smileys: `
😀	grinning face, cheerful, cheery, happy, laugh, nice	wajah gembira, bahagia, muka, senang, senyum, tertawa
😃	grinning face with big eyes, awesome, happy, mouth, open, smile	wajah tersenyum lebar, bahagia, gembira, muka, mulut, terbuka
😄	grinning face with smiling eyes, happy, laugh, lol, mouth, open	wajah tersenyum lebar dan mata tertutup, muka, mulut, terbuka
😁	beaming face with smiling eyes, grin, grinning, happy, nice, smile	wajah gembira dengan mata bahagia, cengiran, menyeringai, senang, senyum, wajah tersenyum lebar
😆	grinning squinting face, closed, eyes, haha, hahaha, happy	wajah tersenyum lebar dan memejamkan mata, bahagia, haha, mulut, puas, terbuka
😅	grinning face with sweat, cold, dejected, excited, mouth, nervous	wajah tersenyum lebar dan berkeringat, dingin, gugup, muka, terbuka
🤣	rolling on the floor laughing, crying, face, funny, haha, happy	tertawa terbahak-bahak, ketawa, kocak, lucu, muka, ngakak
😂	face with tears of joy, crying, feels, funny, haha, happy	wajah gembira berurai air mata, bahagia, haha, kocak, lucu, ngakak
🙂	slightly smiling face, happy, smile	wajah agak tersenyum, muka, wajah tersenyum
🙃	upside-down face, hehe, smile	wajah terbalik, haha, jungkir balik, muka
🫠	melting face, disappear, dissolve, embarrassed, haha, heat	wajah meleleh, cair, cairan, gerah, haha, hehe
😉	winking face, flirt, heartbreaker, sexy, slide, tease	wajah berkedip, berkedip mata, mengedipi, muka
😊	smiling face with smiling eyes, blush, glad, satisfied, smile	wajah tersenyum dengan mata bahagia, malu, merona, muka, senang, tersipu
😇	smiling face with halo, angel, angelic, angels, blessed, fairy	wajah malaikat, dongeng, fantasi, halo, lugu, mitos
🥰	smiling face with hearts, 3, adore, crush, ily, love	wajah tersenyum dengan 3 hati, asmara, bahagia, cinta, jatuh cinta, kasmaran
😍	smiling face with heart-eyes, 143, bae, feels, hearts, ily	wajah tersenyum lebar bermata hati, cinta, jatuh cinta, muka, sayang
🤩	star-struck, excited, eyes, face, grinning, smile	wajah dengan mata berbentuk bintang, kagum, menyeringai, muka, takjub, terpesona
😘	face blowing a kiss, adorbs, bae, flirt, heart, ily	wajah memberikan ciuman jauh, aku cinta kamu, cinta, hati, imut, malam
😗	kissing face, 143, date, dating, flirt, ily	wajah memberikan ciuman, muka
☺️	smiling face, happy, outlined, relaxed, smile	wajah tersenyum, merona, muka, rileks, santai, tersipu
😚	kissing face with closed eyes, 143, bae, blush, date, dating	wajah memberikan ciuman dengan mata tertutup, menggoda, muka, rindu, tersipu
😙	kissing face with smiling eyes, 143, closed, date, dating, flirt	wajah memberikan ciuman dengan mata bahagia, cinta, kasih, muka, sayang, senyum
🥲	smiling face with tear, glad, grateful, happy, joy, pain	wajah tersenyum dengan air mata, bangga, bersyukur, lega, terharu, tersentuh
😋	face savoring food, delicious, eat, full, hungry, smile	wajah menikmati, enak, lezat, lidah, muka, nyam
😛	face with tongue, awesome, cool, nice, party, stuck-out	wajah menjulurkan lidah, manis, muka
😜	winking face with tongue, crazy, epic, eye, funny, joke	wajah menjulurkan lidah dan mengedipkan mata, bercanda, kedip, lelucon, lucu, muka
🤪	zany face, crazy, eye, eyes, goofy, large	wajah konyol, besar, bodoh, cengar-cengir, kecil, mata
😝	squinting face with tongue, closed, eye, eyes, gross, horrible	wajah menjulurkan lidah dan memejamkan mata, menjijikan, muka, parah, rasa
🤑	money-mouth face, paid	wajah materialistis, cuan, dibayar, dollar, duit, mata duitan
🤗	smiling face with open hands, hug, hugging	wajah memeluk, muka, peluk, tangan
🤭	face with hand over mouth, giggle, giggling, oops, realization, secret	wajah dengan tangan menutup mulut, cekikikan, ketawa, muka, oops, rahasia
🫢	face with open eyes and hand over mouth, amazement, awe, disbelief, embarrass, gasp	wajah dengan mata terbuka dan tangan menutupi mulut, diam, kaget, kagum, memalukan, takjub
🫣	face with peeking eye, captivated, embarrass, hide, hiding, peep	wajah dengan mata mengintip, bersembunyi, malu, menatap, sembunyi, takut
🤫	shushing face, quiet, shh	wajah menyuruh diam, hening, jangan berisik, muka, pasti, ssst
🤔	thinking face, chin, consider, hmm, ponder, pondering	wajah berpikir, mikir, muka
🫡	saluting face, good, luck, ma’am, OK, respect	wajah memberi hormat, cerah, oke, salut, semoga beruntung, siap bu
🤐	zipper-mouth face, keep, quiet, secret, shut	wajah dengan mulut tertutup rapat, gerakan tutup mulut, gtm, muka, rahasia, tutup mulut
🤨	face with raised eyebrow, disapproval, disbelief, distrust, emoji, hmm	wajah dengan alis terangkat, muka, ragu, ragu-ragu, sangsi, skeptis
😐️	neutral face, awkward, blank, deadpan, expressionless, fine	wajah netral, buruk, canggung, datar, iri, kosong
😑	expressionless face, awkward, dead, fine, inexpressive, jealous	wajah tanpa ekspresi, buruk, canggung, datar, iri, kosong
😶	face without mouth, awkward, blank, expressionless, mouthless, mute	wajah tanpa mulut, berdiam, diam, kosong, muka, tanpa ekspresi
🫥	dotted line face, depressed, disappear, hidden, hide, introvert	wajah dengan garis titik-titik, depresi, introvert, meh, menghilang, sembunyi
😶‍🌫️	face in clouds, absentminded, fog, head	wajah di awan, kepala di awan, linglung, wajah di kabut
😏	smirking face, boss, dapper, flirt, homie, kidding	wajah tersenyum sombong, curiga, ejek, masa sih, seringai, sinis
😒	unamused face, ..., bored, fine, jealous, jel	wajah bosan, aneh, cemburu, keki, kesal, muka
🙄	face with rolling eyes, eyeroll, shade, ugh, whatever	wajah dengan mata ke atas, berputar, idih, kesal, malesin, membalikkan mata
😬	grimacing face, awk, awkward, dentist, grimace, grinning	wajah menyeringai, merasa aneh, meringis, muka, nyengir, seringai
😮‍💨	face exhaling, blow, blowing, exhale, exhausted, gasp	wajah mengembuskan napas, asap, bersiul, bisikan, capek, lega
🤥	lying face, liar, lie, pinocchio	bohong, hidung panjang, menipu, muka, pembohong, pinokio
😌	relieved face, calm, peace, relief, zen	wajah lega, damai, muka, tenang, zen
😔	pensive face, awful, bored, dejected, died, disappointed	wajah merenung, kecewa, muka, murung, sedih, termenung
😪	sleepy face, crying, good, night, sad, sleeping	wajah mengantuk, lelah, menangis, muka, tidur
🤤	drooling face	ngiler, berliur, wajah
😴	sleeping face, bed, bedtime, good, goodnight, nap	wajah tidur, istirahat, kantuk, lelap, letih, menguap
😷	face with medical mask, cold, dentist, dermatologist, doctor, dr	wajah bermasker, dokter, flu, meriang, obat, sakit
🤒	face with thermometer, ill, sick	wajah bertermometer, demam, meriang, muka, sakit
🤕	face with head-bandage, hurt, injury, ouch	wajah diperban di kepala, cedera, luka, muka, pusing, puyeng
🤢	nauseated face, gross, nasty, sick, vomit	mual, muka, muntah, sakit, wajah
🤮	face vomiting, barf, ew, gross, puke, sick	wajah muntah, memuntahkan, muak, mual, muka, sakit
🤧	sneezing face, fever, flu, gesundheit, sick, sneeze	bersin, demam, flu, ingusan, muka, panas dingin
🥵	hot face, dying, feverish, heat, panting, red-faced	wajah kepanasan, berkeringat, demam, lidah menjulur, meriang, muka
🥶	cold face, blue, blue-faced, freezing, frostbite, icicles	wajah kedinginan, beku, biru, es, gigi dingin, membeku
🥴	woozy face, dizzy, drunk, eyes, intoxicated, mouth	wajah pusing karena mabuk, agak mabuk, mata juling, mulut bergelombang, teler, wajah teler
😵	face with crossed-out eyes, dead, dizzy, feels, knocked, sick	wajah pusing, capai, kecapaian, mati, muka, puyeng
😵‍💫	face with spiral eyes, confused, dizzy, hypnotized, omg, smiley	wajah dengan mata berputar, bingung, mabuk, masalah, pening, pusing
🤯	exploding head, blown, explode, mind, mindblown, no	kepala meledak, kaget, kepala pecah, muka, takjub, terkejut
🤠	cowboy hat face, cowgirl	wajah koboi, cowboy, cowgirl, muka, topi
🥳	partying face, bday, birthday, celebrate, celebration, excited	wajah pesta, hore, perayaan, rayakan, terompet, topi
🥸	disguised face, eyebrow, glasses, incognito, moustache, mustache	wajah menyamar, alis, berewok, hidung, kacamata, kumis
😎	smiling face with sunglasses, awesome, beach, bright, bro, chilling	wajah berkacamata hitam, cerah, gaya, keren, matahari, menang
🤓	nerd face, brainy, clever, expert, geek, gifted	wajah kutu buku, ahli, muka, pintar
🧐	face with monocle, classy, fancy, rich, stuffy, wealthy	wajah dengan monokel, berkelas, kaya, mewah, tajir, wajah memakai monokel
😕	confused face, befuddled, confusing, dunno, frown, hm	wajah bingung, muka
🫤	face with diagonal mouth, confused, confusion, disappointed, doubt, doubtful	wajah dengan mulut diagonal, bingung, frustrasi, kecewa, meh, ragu
😟	worried face, anxious, butterflies, nerves, nervous, sad	wajah cemas, khawatir, kuatir, muka, muram, sedih
🙁	slightly frowning face, sad	wajah agak cemberut, muka, sedih
☹️	frowning face, sad	wajah cemberut, kecewa, muka, sedih
😮	face with open mouth, believe, forgot, omg, shocked, surprised	wajah dengan mulut terbuka, kaget, lupa, masa sih, menakjubkan, muka
😯	hushed face, epic, omg, stunned, surprised, whoa	wajah hening, kaget, muka, terdiam, terkejut
😲	astonished face, cost, no, omg, shocked, totally	wajah terpukau, kaget, muka, takjub, terkejut
😳	flushed face, amazed, awkward, crazy, dazed, dead	wajah tersipu, demam, kagok, malu, muka, tidak percaya
🥺	pleading face, begging, big, eyes, mercy, not	wajah memelas, berkaca-kaca, kasihan, mata besar, mata memelas, memohon
🥹	face holding back tears, admiration, aww, cry, embarrassed, feelings	wajah menahan air mata, bangga, berkaca-kaca, haru, kagum, marah
😦	frowning face with open mouth, caught, guard, scared, scary, surprise	wajah mengerutkan kening dengan mulut terbuka, cemberut, kaget, muka, nganga, simpati
😧	anguished face, forgot, scared, scary, stressed, surprise	wajah menderita, kaget, lupa, merana, muka, sengsara
😨	fearful face, afraid, anxious, blame, scared, worried	wajah ketakutan, kaget, muka, ngeri, seram
😰	anxious face with sweat, blue, cold, eek, mouth, nervous	wajah ketakutan berkeringat, berdebar, biru, buru-buru, dingin, muka
😥	sad but relieved face, anxious, call, close, complicated, disappointed	wajah kecewa namun lega, deg-degan, fiuh, gelisah, keringat, muka
😢	crying face, awful, feels, miss, sad, tear	wajah menangis, air, cengeng, mata, muka, sedih
😭	loudly crying face, bawling, sad, sob, tear, tears	wajah menangis keras, bombay, muka, sedih, tangisan, tersedu-sedu
😱	face screaming in fear, epic, fearful, munch, scared, screamer	wajah sangat ketakutan, berteriak, mengunyah, muka, ngeri, seram
😖	confounded face, annoyed, confused, cringe, distraught, feels	wajah stres, gelisah, keki, marah, muka, pusing
😣	persevering face, concentrate, concentration, focus, headache, persevere	wajah tidak setuju, fokus, konsen, konsentrasi, muka, ngotot
😞	disappointed face, awful, blame, dejected, fail, losing	wajah kecewa, disalahkan, kehilangan, muka, sedih
😓	downcast face with sweat, close, cold, feels, headache, nervous	wajah berkeringat, bingung, dingin, gugup, muka, sakit
😩	weary face, crying, fail, feels, hungry, mad	wajah terlalu lelah, capek, gagal, kecewa, lapar, muka
😫	tired face, cost, feels, nap, sad, sneeze	wajah kelelahan, bersin, capek, muka, sedih
🥱	yawning face, bedtime, bored, goodnight, nap, night	wajah menguap, bosan, capek, istirahat, jemu, kantuk
😤	face with steam from nose, anger, angry, feels, fume, fuming	wajah bersungguh-sungguh, asap, emosi, keki, kesal, marah
😡	enraged face, anger, angry, feels, mad, maddening	wajah sangat marah, gusar, kesal, kesel, merah, muka
😠	angry face, anger, blame, feels, frustrated, mad	wajah marah, keki, kesel, muka, sebel
🤬	face with symbols on mouth, censor, cursing, cussing, mad, pissed	wajah dengan simbol pada mulut, eksplisit, marah, mengumpat, muka, ngamuk
😈	smiling face with horns, demon, devil, evil, fairy, fairytale	wajah tersenyum bertanduk, dongeng, fantasi, iblis, jahat, kejam
👿	angry face with horns, demon, devil, evil, fairy, fairytale	wajah marah dengan tanduk, belis, cemberut, fantasi, iblis, jahat
💀	skull, body, dead, death, face, fairy	tengkorak, dongeng, kematian, mati, mati aku, mayat
☠️	skull and crossbones, dead, death, face, monster	tengkorak dan tulang, kematian, mati, monster, muka, wajah
💩	pile of poo, bs, comic, doo, dung, face	kotoran, bau, busuk, muka, tahi, tinja
🤡	clown face	badut, konyol, lucu, muka, topeng, wajah
👹	ogre, creature, devil, face, fairy, fairytale	wajah monster, dongeng, fantasi, jepang, makhluk, muka
👺	goblin, angry, creature, face, fairy, fairytale	topeng hidung panjang, dongeng, fantasi, jepang, kejam, kesal
👻	ghost, boo, creature, excited, face, fairy	hantu, arwah, dongeng, fantasi, halloween, konyol
👽️	alien, creature, extraterrestrial, face, fairy, fairytale	alien, angkasa, dongeng, ekstraterestrial, et, fantasi
👾	alien monster, creature, extraterrestrial, face, fairy, fairytale	monster alien, angkasa, ekstraterestrial, fantasi, game, luar
🤖	robot, face, monster	robot, monster, muka, wajah
😺	grinning cat, animal, face, mouth, open, smile	wajah kucing tersenyum lebar, binatang, hewan, muka, mulut, terbuka
😸	grinning cat with smiling eyes, animal, face, smile	wajah kucing gembira dengan mata bahagia, binatang, hewan, muka, senang, senyum
😹	cat with tears of joy, animal, face, laugh, laughing, lol	wajah kucing gembira berurai air mata, bahagia, binatang, hewan, muka, senang
😻	smiling cat with heart-eyes, animal, face, love, smile	wajah kucing gembira bermata hati, binatang, cinta, hewan, jatuh cinta, muka
😼	cat with wry smile, animal, face, ironic	wajah kucing tersenyum sombong, binatang, ejek, hewan, muka, sinis
😽	kissing cat, animal, closed, eye, eyes, face	wajah kucing memberikan ciuman dengan mata tertutup, binatang, hewan, muka
🙀	weary cat, animal, face, oh, surprised	wajah kucing ketakutan, binatang, hewan, kaget, lelah, muka
😿	crying cat, animal, face, sad, tear	wajah kucing menangis, air, binatang, hewan, mata, muka
😾	pouting cat, animal, face	wajah kucing marah, binatang, cemberut, hewan, muka, sebal
🙈	see-no-evil monkey, embarrassed, face, forbidden, forgot, gesture	tidak melihat, binatang, dilarang, hewan, jahat, monyet tidak melihat
🙉	hear-no-evil monkey, animal, ears, face, forbidden, gesture	tidak mendengar, binatang, dilarang, hewan, jahat, mamalia
🙊	speak-no-evil monkey, animal, face, forbidden, gesture, not	tidak bicara, binatang, dilarang, hewan, jahat, mamalia
💌	love letter, heart, mail, romance, valentine	surat cinta, hati, romantis, valentine
💘	heart with arrow, 143, adorbs, cupid, date, emotion	hati terpanah, asmara, cinta, jatuh cinta, romantis, sayang
💝	heart with ribbon, 143, anniversary, emotion, ily, kisses	hati berpita, valentine
💖	sparkling heart, 143, emotion, excited, good, ily	hati bersinar, bahagia, gemerlap, perasaan, senang
💗	growing heart, 143, emotion, excited, heartpulse, ily	hati membesar, bahagia, deg, deg-degan, detak, gembira
💓	beating heart, 143, cardio, emotion, heartbeat, ily	hati berdetak, cinta, denyut, jantung, perasaan, sayang
💞	revolving hearts, 143, adorbs, anniversary, emotion	hati berputar, cinta, kangen, perasaan, rindu, sayang
💕	two hearts, 143, anniversary, date, dating, emotion	dua hati, cinta, mesra, perasaan, sayang
💟	heart decoration, 143, emotion, hearth, purple, white	dekorasi hati, emosi
❣️	heart exclamation, heavy, mark, punctuation	tanda seru berbentuk hati
💔	broken heart, break, crushed, emotion, heartbroken, lonely	patah hati, kecewa, perasaan, putus, sedih
❤️‍🔥	heart on fire, burn, love, lust, sacred	hati berapi-api, cinta, hati suci, nafsu, terbakar
❤️‍🩹	mending heart, healthier, improving, recovering, recuperating, well	mengobati hati terluka, lebih sehat, memperbaiki, memulihkan, memulihkan diri
❤️	red heart, emotion, love	hati merah, cinta, perasaan, sayang, suka
🧡	orange heart, 143	hati oranye, cinta, jingga, kasih
💛	yellow heart, 143, cardiac, emotion, ily, love	hati kuning
💚	green heart, 143, emotion, ily, love, romantic	hati hijau, cinta, perasaan, romantis, sayang
💙	blue heart, 143, emotion, ily, love, romance	hati biru, perasaan
💜	purple heart, 143, bestest, emotion, ily, love	hati ungu
🤎	brown heart, 143	hati cokelat
🖤	black heart, evil, wicked	hati hitam, jahat, kejam
🤍	white heart, 143	hati putih
💋	kiss mark, dating, emotion, heart, kissing, lips	tanda ciuman, bibir, hati, romantis, seksi
💯	hundred points, 100, a+, agree, clearly, definitely	nilai seratus, 100, A+, benar, bercanda, penuh
💢	anger symbol, angry, comic, mad, upset	marah, kesel, komik, ngotot, sebel
💥	collision, bomb, boom, collide, comic, explode	tabrakan, duar, komik, meledak, meletus, nabrak
💫	dizzy, comic, shining, shooting, star, stars	pusing, bintang, bintang jatuh, komik
💦	sweat droplets, comic, drip, drops, splashing, squirt	keringat, air, ciprat, komik, olah raga
💨	dashing away, cloud, comic, fart, fast, go	berlari, asap, kabur, kentut, komik
🕳️	hole	lubang, lobang
💬	speech balloon, bubble, comic, dialog, message, sms	balon ucapan, bicara, dialog, gelembung, komik, mengetik
👁️‍🗨️	eye in speech bubble, balloon, witness	mata di dalam gelembung ucapan, saksi mata
🗨️	left speech bubble, balloon, dialog	gelembung ucapan kiri, dialog
🗯️	right anger bubble, angry, balloon, mad	gelembung marah kanan, balon
💭	thought balloon, bubble, cartoon, cloud, comic, daydream	gelembung pikiran, balon, berkhayal, berpikir, ide, khayal
💤	ZZZ, comic, good, goodnight, night, sleep	zzz, cape, istirahat, komik, lelah, letih
`,
  people: `
👋	waving hand, bye, cya, g2g, greetings, gtg	tangan melambai, badan, dadah, dah, hai, halo
🤚	raised back of hand, backhand	angkat tangan, berhenti, jangan, lima, lima jari, stop
🖐️	hand with fingers splayed, raised, stop	telapak tangan terbuka, badan, jari, lima jari, stop, tos
✋️	raised hand, 5, five, high, stop	telapak tangan terbuka dengan jari rapat, badan, berhenti, lima jari, stop, tubuh
🖖	vulcan salute, finger, hand, hands, Vulcan	salam vulcan, badan, jari, spock, star trek, tangan
🫱	rightwards hand, handshake, hold, reach, shake	tangan menghadap kanan, ambil, jabat tangan, pegang, salaman
🫲	leftwards hand, handshake, hold, reach, shake	tangan menghadap kiri, ambil, jabat tangan, pegang, salaman, sodorkan tangan
🫳	palm down hand, dismiss, drop, dropped, pick, shoo	telapak tangan menghadap ke bawah, ambil, angkat, hus, jatuhkan, letakkan
🫴	palm up hand, beckon, catch, come, hold, know	telapak tangan menghadap ke atas, datang, memberi isyarat, menangkap, menawarkan, pegang
👌	OK hand, awesome, bet, dope, fleek, fosho	oke, badan, bagus, baiklah, cubit, pasti
🤌	pinched fingers, gesture, hand, hold, huh, interrogation	jari terkuncup, apa, hus, interogasi, isyarat tangan, italia
🤏	pinching hand, amount, bit, fingers, little, small	tangan menjepit, kecil, sedikit, sejumlah kecil, sejumput
✌️	victory hand, peace	isyarat kemenangan, damai, tangan, v
🤞	crossed fingers, hand, luck	jari menyilang, beruntung, semoga beruntung, semoga hoki, silang jari, tangan
🫰	hand with index finger and thumb crossed, <3, expensive, heart, love, money	tangan dengan jari telunjuk dan ibu jari menyilang, cinta, hati, jari hati, korea, mahal
🤟	love-you gesture, fingers, hand, ILY, three	gerakan sayang kamu, ILU, ILY, mantap, metal, tangan
🤘	sign of the horns, finger, hand, rock-on	lambang tanduk, badan, dua jari, jari, metal, tangan
🤙	call me hand, hang, loose, Shaka	panggil saya, isyarat, tangan, telepon, telepon aku, telepon saya
👈️	backhand index pointing left, finger	menunjuk ke arah kiri, badan, jari, organ, tangan, telunjuk
👉️	backhand index pointing right, finger	menunjuk ke arah kanan, badan, jari, organ, tangan, telunjuk
👆️	backhand index pointing up, finger	menunjuk ke atas (dibalik), arah, badan, jari, tangan, telunjuk
🖕	middle finger, hand	jari tengah, tangan
👇️	backhand index pointing down, finger	menunjuk ke bawah, arah, badan, di sini, jari, sini
☝️	index pointing up, finger, hand, this	menunjuk ke atas, badan, jari, satu, tangan, telunjuk
🫵	index pointing at the viewer, finger, hand, poke, you	jari telunjuk menunjuk penonton, Anda, kamu, tunjuk
👍️	thumbs up, +1, good, hand, like, yes	jempol ke atas, +1, badan, bagus, baik, hebat
👎️	thumbs down, -1, bad, dislike, good, hand	jempol ke bawah, -1, badan, buruk, jelek, parah
✊️	raised fist, clenched, hand, punch, solidarity	tangan terkepal ke atas, badan, kepalan tangan, kepalan tinju, tinju, tubuh
👊	oncoming fist, absolutely, agree, boom, bro, bruh	tangan terkepal ke depan, badan, setuju, tinju, tonjok, tos
🤛	left-facing fist, leftwards	tinju kiri, kepalan tangan, organ tubuh, tangan, tonjok
🤜	right-facing fist, rightwards	tinju kanan, kepalan tangan, tangan, tonjok
👏	clapping hands, applause, approval, awesome, congrats, congratulations	tepuk tangan, badan, keren, mantap, selamat, tubuh
🙌	raising hands, celebration, gesture, hooray, praise, raised	mengangkat tangan, gerakan, hore, perayaan
🫶	heart hands, <3, love, you	tangan membentuk hati, <3, cinta, cinta kamu, tanda cinta, tangan hati
👐	open hands, hug, jazz, swerve	tangan terbuka, badan, peluk, tubuh
🤲	palms up together, cupped, dua, hands, pray, prayer	tangan diangkat dan dirapatkan bersama, berdoa, doa
🤝	handshake, agreement, deal, meeting	jabat tangan, kenalan, pertemuan, salaman, sepakat, setuju
🙏	folded hands, appreciate, ask, beg, blessed, bow	melipat tangan, berdoa, bungkuk, doa, gerakan, makasih
✍️	writing hand, write	tangan menulis, badan, tubuh, tulis
💅	nail polish, bored, care, cosmetics, done, makeup	poles kuku, badan, cat kuku, kosmetik, kuteks, manikur
🤳	selfie, camera, phone	selfie, cari signal, foto selfie, kamera, ponsel
💪	flexed biceps, arm, beast, bench, bodybuilder, bro	lengan berotot, badan, bisep, biseps, kekar, kuat
🦾	mechanical arm, accessibility, prosthetic	lengan robot, aksesibilitas, lengan mekanikal, mekanikal, prostetik, tangan mekanikal
🦿	mechanical leg, accessibility, prosthetic	tungkai robot, aksesibilitas, kaki mekanikal, mekanikal, prostetik, tungkai mekanikal
🦵	leg, bent, foot, kick, knee, limb	tungkai, bagian tubuh, dengkul, kaki, kaki ditekuk, lutut
🦶	foot, ankle, feet, kick, stomp	telapak kaki, injak, menendang, menginjak, tendang, tumit
👂️	ear, body, ears, hear, hearing, listen	telinga, badan, dengar, kuping, mendengar, organ tubuh
🦻	ear with hearing aid, accessibility, hard	telinga dengan alat bantu dengar, aksesibilitas, kuping, pendengaran lemah, sulit mendengar, susah mendengar
👃	nose, body, noses, nosey, odor, smell	hidung, badan, bau, cium, tubuh, wangi
🧠	brain, intelligent, smart	otak, cerdas, genius, kecerdasan, pintar
🫀	anatomical heart, beat, cardiology, heartbeat, organ, pulse	organ jantung, anatomi, debar, denyut, detak, kardiologi
🫁	lungs, breath, breathe, exhalation, inhalation, organ	paru-paru, buang napas, ekshalasi, inhalasi, napas, organ
🦷	tooth, dentist, pearly, teeth, white	gigi, dokter gigi, mutiara, putih
🦴	bone, bones, dog, skeleton, wishbone	tulang, anjing, tengkorak, tulang belulang, tulang garpu
👀	eyes, body, face, googly, look, looking	dua mata, badan, lihat, lirik, melihat, mengintip
👁️	eye, 1, body, one	satu mata, badan, organ tubuh, tubuh
👅	tongue, body, lick, slurp	lidah, badan, jilat, mulut, tubuh
👄	mouth, beauty, body, kiss, kissing, lips	mulut, badan, bibir, cantik, cium, ciuman
🫦	biting lip, anxious, bite, fear, flirt, flirting	menggigit bibir, cemas, gugup, khawatir, lipstik, menggoda
👶	baby, babies, children, goo, infant, newborn	bayi, muda
🧒	child, bright-eyed, grandchild, kid, young, younger	anak, anak kecil, gender tak tentu, muda, netral gender
👦	boy, bright-eyed, child, grandson, kid, son	anak laki-laki, anak kecil, cowok, lelaki, muda, pria
👧	girl, bright-eyed, child, daughter, granddaughter, kid	anak perempuan, cewek, gadis, muda, poni rambut, rambut pirang
🧑	person, adult	dewasa, cowok, gender tak tentu, laki-laki, lelaki, netral gender
👱	person: blond hair, blond-haired, human	orang: rambut pirang, laki-laki, lelaki, orang berambut pirang, pria
👨	man, adult, bro	pria, bapak, laki-laki, lelaki, orang dewasa, pacar
🧔	person: beard, bearded, whiskers	orang: janggut, jenggot, laki-laki, lelaki, muka, pria
👩	woman, adult, lady	wanita, bule, cewek bule, ibu, perempuan, pirang
🧓	older person, adult, elderly, grandparent, wise	lanjut usia, kakek, netral gender, orang dewasa, tua
👴	old man, adult, bald, elderly, gramps, grandfather	pria tua, bijaksana, botak, kakek, laki-laki, lelaki
👵	old woman, adult, elderly, grandma, grandmother, granny	wanita tua, nenek, nenek berambut pirang, oma, perempuan, pirang
🙍	person frowning, annoyed, disappointed, disgruntled, disturbed, frustrated	orang marah, cemberut, dongkol, frustrasi, gerakan, jengkel
🙎	person pouting, disappointed, downtrodden, frown, grimace, scowl	orang tidak senang, cemberut, gerakan, kecewa, kesal, manyun
🙅	person gesturing NO, forbidden, gesture, hand, not, prohibit	orang mengisyaratkan TIDAK, bukan, dilarang, gerakan, jangan, negatif
🙆	person gesturing OK, exercise, gesture, hand, omg	orang mengisyaratkan OKE, baiklah, gerakan, isyarat oke, latihan, oke
💁	person tipping hand, fetch, flick, flip, gossip, sarcasm	orang menengadahkan tangan, bantuan, cewek, gosip, informasi, kibas rambut
🙋	person raising hand, gesture, here, know, me, pick	orang mengangkat tangan, bertanya, gerakan, hai, perempuan, saya tahu
🧏	deaf person, accessibility, ear, gesture, hear	orang tuli, aksesibilitas, dengar, kuping, mendengar, telinga
🙇	person bowing, apology, ask, beg, favor, forgive	orang membungkuk, gerakan, laki-laki, maaf, meditasi, minta maaf
🤦	person facepalming, again, bewilder, disbelief, exasperation, no	orang tepuk jidat, astaga, cape deh, capedeh, capek deh, cewek tepuk jidat
🤷	person shrugging, doubt, dunno, guess, idk, ignorance	orang mengangkat bahu, bingung, bisa jadi, entah, masa bodo, nggak tahu
👮	police officer, apprehend, arrest, citation, cop, law	polisi, hukum, penegak hukum, petugas, polantas, pria
🕵️	detective, sleuth, spy	detektif, mata-mata, spionase
💂	guard, buckingham, helmet, london, palace	penjaga, garda, helm, inggris, istana buckingham, london
🥷	ninja, assassin, fight, fighter, hidden, person	ninja, kelahi, penyusup, perang, petarung, rahasia
👷	construction worker, build, fix, hardhat, hat, man	pekerja konstruksi, helm, helm proyek, kontraktor, laki-laki, perbaikan
🫅	person with crown, monarch, noble, regal, royal, royalty	orang mengenakan mahkota, agung, bangsawan, kaisar, kerajaan, monarki
🤴	prince, crown, fairy, fairytale, fantasy, king	pangeran, kerajaan, laki-laki, lelaki, pria, raja
👸	princess, crown, fairy, fairytale, fantasy, queen	putri, dongeng, fantasi, mahkota, perempuan, puteri
👳	person wearing turban	orang mengenakan serban, laki-laki, lelaki, orang india, pria, sorban
👲	person with skullcap, Chinese, gua, guapi, hat, mao	orang dengan topi Tionghoa, gua pi mao, laki-laki, lelaki, pria, pria bertopi cina
🧕	woman with headscarf, bandana, hijab, kerchief, mantilla, tichel	wanita dengan kerudung, hijab, mantilla, perempuan, tichel, wanita berhijab
🤵	person in tuxedo, formal, wedding	orang bertuksedo, mempelai pria
👰	person with veil, wedding	orang berpenutup kepala, cadar, mempelai wanita, nikah, pengantin
🤰	pregnant woman	wanita hamil, ibu hamil, perempuan
🫃	pregnant man, belly, bloated, full, overeat	pria hamil, buncit, cowok, kekenyangan, kenyang, laki-laki
🫄	pregnant person, belly, bloated, full, overeat, stuffed	orang hamil, buncit, kekenyangan, kenyang, penuh, perut
🤱	breast-feeding, baby, mom, mother, nursing, woman	menyusui, bayi, ibu, payudara, perempuan, wanita
👼	baby angel, church, face, fairy, fairytale, fantasy	malaikat bayi, anak-anak, dongeng, fantasi, laki-laki, muda
🎅	Santa Claus, celebration, Christmas, claus, fairy, fantasy	Sinterklas, ayah, bapak, dongeng, fantasi, laki-laki
🤶	Mrs. Claus, celebration, Christmas, claus, fairy, fantasy	Nyonya Sinterklas, ibu, ibu sinterklas, natal, nenek, oma
🦸	superhero, good, superpower	pahlawan super, baik, kekuatan super, pahlawan super wanita, pahlawan wanita
🦹	supervillain, bad, criminal, evil, superpower	penjahat super, kekuatan super, kriminal, orang jahat, penjahat kejam, penjahat keji
🧙	mage, fantasy, magic, play, sorcerer, sorceress	magi, jampi, kakek, main peran, mantra, penyihir
🧚	fairy, fairytale, fantasy, myth, person, pixie	peri, dongeng, fantasi, mitos, Oberon, Puck
🧛	vampire, blood, Dracula, fangs, halloween, scary	vampir, darah, drakula, Drakula, fantasi, kostum
🧜	merperson, creature, fairytale, folklore, ocean, sea	orang duyung, bawah laut, dongeng, makhluk laut, perempuan, pria duyung
🧝	elf, elves, enchantment, fantasy, folklore, magic	kurcaci, ajaib, dongeng, elf, fantasi, makhluk gaib
🧞	genie, djinn, fantasy, jinn, lamp, myth	jin, fantasi, gosok lampu, harapan, jin bertubuh manusia, keinginan
🧟	zombie, apocalypse, dead, halloween, horror, scary	zombi, apokalips, halloween, horor, kiamat, mayat hidup
🧌	troll, fairy, fantasy, monster, tale, trolling	raksasa, dongeng, fantasi, monster
💆	person getting massage, face, headache, relax, relaxing, salon	pria dipijat, perempuan, pijit, relaks, rileks, salon
💇	person getting haircut, barber, beauty, chop, cosmetology, groom	orang potong rambut, cantik, gaya rambut, kecantikan, perempuan, salon
🚶	person walking, amble, gait, hike, man, pace	orang berjalan kaki, lelaki, melangkah, melenggang, pria
🧍	person standing	orang berdiri
🧎	person kneeling, knees	orang berlutut, bersimpuh, bertelut, dengkul, simpuh
🏃	person running, fast, hurry, marathon, move, quick	orang berlari, buru-buru, cepat, kabur, kejar, marathon
💃	woman dancing, dance, dancer, elegant, festive, flair	wanita menari, dansa, elegan, festival, perempuan, pesta
🕺	man dancing, dance, dancer, elegant, festive, flair	pria menari, berdansa, dansa, laki-laki, lelaki, penari
🕴️	person in suit levitating, business	pria melayang mengenakan jas, bisnis, laki-laki, lelaki, pebisnis melayang
👯	people with bunny ears, bestie, bff, counterpart, dancer, double	orang dengan telinga kelinci, berpesta, bestie, kostum, kuping, penari
🧖	person in steamy room, day, luxurious, pamper, relax, sauna	orang di ruangan beruap, mandi, relaks, ruang uap, santai, sauna
🧗	person climbing, climber, mountain, rock, scale, up	orang memanjat, gunung, panjat, pemanjat, tebing
🤺	person fencing, fencer, sword	orang berolahraga anggar, atlet anggar, pedang
🏇	horse racing, jockey, racehorse, riding, sport	balap kuda, balapan, joki, olahraga, pacuan
⛷️	skier, snow	pemain ski, olahraga, salju
🏂️	snowboarder, ski, sport	peselancar salju, olahraga, papan, seluncur, ski
🏌️	person golfing, ball, birdie, caddy, driving, green	orang bermain golf, bola, caddy, hijau, lapangan rumput, latihan golf
🏄️	person surfing, beach, ocean, sport, surfer, swell	orang berselancar, laki-laki, laut, olahraga, ombak, pantai
🚣	person rowing boat, canoe, cruise, fishing, lake, oar	orang mendayung perahu, danau, kano, kayuh, kendaraan, olahraga
🏊️	person swimming, freestyle, sport, swimmer, triathlon	orang berenang, laki-laki, olahraga, perenang, pria, triatlon
⛹️	person bouncing ball, athletic, basketball, championship, dribble, net	orang memantulkan bola, atlet, basket, dribble, kejuaraan, olahraga
🏋️	person lifting weights, barbell, bodybuilder, deadlift, lifter, powerlifting	orang mengangkat beban, angkat besi, atlet, barbel, binaraga, latihan
🚴	person biking, bicycle, bicyclist, bike, cycle, cyclist	orang bersepeda, laki-laki, mengendarai sepeda, olahraga, pesepeda cowok, pria
🚵	person mountain biking, bicycle, bicyclist, bike, cycle, cyclist	orang bersepeda gunung, laki-laki, olahraga, pesepeda, pria
🤸	person cartwheeling, active, excited, flip, gymnastics, happy	orang melakukan gerakan meroda, aktif, gembira, gimnastik, jumpalitan, koprol
🤼	people wrestling, combat, duel, grapple, ring, tournament	orang bergulat, adu gulat, arena gulat, laki-laki, olahraga, pegulat
🤽	person playing water polo, sport, swimming, waterpolo	orang bermain polo air, atlet polo air, berenang, laki-laki, olahraga, pria
🤾	person playing handball, athletics, catch, chuck, hurl, lob	orang bermain bola tangan, atlet, laki-laki, lempar, lempar keras, olahraga
🤹	person juggling, act, balance, balancing, handle, juggle	orang melempar, atraksi, banyak kerjaan, banyak tugas, juggling, laki-laki
🧘	person in lotus position, cross, legged, legs, meditation, peace	orang dalam posisi teratai, damai, duduk sila, kaki silang, meditasi, perempuan
🛀	person taking bath, bathtub, tub	orang di bak mandi, orang sedang mandi
🛌	person in bed, bedtime, good, goodnight, hotel, nap	orang di tempat tidur, hotel, istirahat, lelap, nyenyak, rehat
👭	women holding hands, bae, bestie, bff, couple, dating	dua wanita bergandengan, bergandengan tangan, bestie, cewek, kakak adik, pasangan
👫	woman and man holding hands, bae, bestie, bff, couple, dating	pria dan wanita bergandengan, cinta, laki-laki, pasangan, pegangan, perempuan
👬	men holding hands, bae, bestie, bff, boys, brothers	dua pria bergandengan, berteman, cowok, gemini, kembar, pasangan
💏	kiss, anniversary, babe, bae, couple, date	berciuman, cinta, kasih, pacar, pacaran, pasangan
💑	couple with heart, anniversary, babe, bae, dating, kiss	pasangan dengan hati, cinta, hubungan, kasih, pacar, romantis
🗣️	speaking head, face, silhouette	kepala berbicara, bayangan, muka, ngomong, siluet, wajah
👤	bust in silhouette, mysterious, shadow	siluet foto setengah badan, bayangan, misteri
👥	busts in silhouette, bff, everyone, friend, friends, people	beberapa siluet foto setengah badan, bayangan, kawan, orang, semua orang, setiap orang
🫂	people hugging, comfort, embrace, farewell, friendship, goodbye	orang berpelukan, halo, hangat, kasih sayang, nyaman, perpisahan
👪️	family, child	keluarga, anak, ayah, bapak, ibu, mama
👣	footprints, barefoot, clothing, omw, walk	jejak kaki, badan, tubuh
`,
  nature: `
🐵	monkey face, animal, banana	wajah monyet, binatang, hewan, muka
🐒	monkey, animal, banana	monyet, binatang, hewan, pisang
🦍	gorilla, animal	gorila, binatang, hewan, kingkong
🦧	orangutan, animal, ape, monkey	orangutan, beruk, binatang, hewan, kera, monyet
🐶	dog face, adorbs, animal, pet, puppies, puppy	wajah anjing, binatang, hewan, mamalia, muka
🐕️	dog, animal, animals, dogs, pet	anjing, binatang, hewan, peliharaan
🦮	guide dog, accessibility, animal, blind	anjing pemandu, aksesibilitas, buta, memandu, panduan, tunanetra
🐕‍🦺	service dog, accessibility, animal, assistance	anjing pembimbing, aksesibilitas, bantuan, bimbingan, layanan, pemandu
🐩	poodle, animal, dog, fluffy	pudel, anjing, binatang, bulu lembut, hewan
🐺	wolf, animal, face	serigala, binatang, hewan, muka, wajah
🦊	fox, animal, face	rubah, hewan, muka, wajah
🦝	raccoon, animal, curious, sly	rakun, binatang, cekatan, cerdik, hewan, licik
🐱	cat face, animal, kitten, kitty, pet	wajah kucing, anak kucing, binatang, hewan, muka, peliharaan
🐈️	cat, animal, animals, cats, kitten, pet	kucing, anak kucing, binatang, hewan, peliharaan
🐈‍⬛	black cat, animal, feline, halloween, meow, unlucky	kucing hitam, binatang, hewan, kesialan, meong, mitos
🦁	lion, alpha, animal, face, Leo, mane	singa, alfa, aum, binatang, hewan, kuat
🐯	tiger face, animal, big, cat, predator	wajah harimau, besar, binatang, hewan, kucing, macan
🐅	tiger, animal, big, cat, predator, zoo	harimau, besar, binatang, hewan, kebun binatang, kucing
🐆	leopard, animal, big, cat, predator, zoo	macan tutul, besar, binatang, hewan, kebun binatang, predator
🐴	horse face, animal, dressage, equine, farm, horses	wajah kuda, binatang, hewan, mamalia, muka
🐎	horse, animal, equestrian, farm, racehorse, racing	kuda, balap, binatang, hewan, pacuan
🦄	unicorn, face	unicorn, muka, wajah
🦓	zebra, animal, stripe	zebra, belang, binatang, hewan
🦌	deer, animal	rusa, binatang, hewan
🦬	bison, animal, buffalo, herd, wisent	bison, bison Eropa, hewan, kawanan, kerbau
🐮	cow face, animal, farm, milk, moo	wajah sapi, binatang, hewan, moo, muka, peternakan
🐂	ox, animal, animals, bull, farm, Taurus	lembu, banteng, binatang, hewan, taurus, zodiak
🐃	water buffalo, animal, zoo	kerbau, air, binatang, hewan
🐄	cow, animal, animals, farm, milk, moo	sapi, binatang, hewan, moo, susu
🐷	pig face, animal, bacon, farm, pork	wajah babi, bakon, binatang, hewan, muka
🐖	pig, animal, bacon, farm, pork, sow	babi, babi betina, binatang, hewan, peternakan
🐗	boar, animal, pig	babi hutan, binatang, hewan
🐽	pig nose, animal, face, farm, smell, snout	hidung babi, muka, wajah
🐏	ram, animal, Aries, horns, male, sheep	domba jantan, aries, binatang, hewan, kebun binatang, mamalia
🐑	ewe, animal, baa, farm, female, fluffy	domba betina, binatang, bulu lembut, hewan, peternakan, wol
🐐	goat, animal, Capricorn, farm, milk, zodiac	kambing, binatang, capricorn, hewan, peternakan, susu
🐪	camel, animal, desert, dromedary, hump, one	unta, binatang, dromedari, gurun, hewan, punuk
🐫	two-hump camel, animal, bactrian, desert	unta berpunuk dua, baktrian, binatang, gurun, hewan
🦙	llama, alpaca, animal, guanaco, vicuña, wool	llama, alpaca, alpaka, binatang, guanaco, guanako
🦒	giraffe, animal, spots	jerapah, binatang, bintik, hewan
🐘	elephant, animal	gajah, binatang, hewan
🦣	mammoth, animal, extinction, large, tusk, wooly	mamut, berbulu, besar, binatang, gading, hewan
🦏	rhinoceros, animal	badak, binatang, hewan
🦛	hippopotamus, animal	kuda nil, binatang, hewan
🐭	mouse face, animal	wajah tikus, binatang, hewan, muka
🐁	mouse, animal, animals	tikus putih, binatang, hewan
🐀	rat, animal	tikus, binatang, hewan
🐹	hamster, animal, face, pet	hamster, binatang, hewan, hewan peliharaan, muka, wajah
🐰	rabbit face, animal, bunny, pet	wajah kelinci, binatang, hewan, hewan peliharaan, muka
🐇	rabbit, animal, bunny, pet	kelinci, binatang, hewan, hewan peliharaan
🐿️	chipmunk, animal, squirrel	tupai, binatang, hewan
🦫	beaver, animal, dam, teeth	biwara, bendungan, berang-berang, binatang, gigi, hewan
🦔	hedgehog, animal, spiny	landak, berduri, binatang, hewan
🦇	bat, animal, vampire	kelelawar, binatang, hewan, vampir
🐻	bear, animal, face, grizzly, growl, honey	beruang, binatang, grizzly, hewan, madu, muka
🐻‍❄️	polar bear, animal, arctic, white	beruang kutub, arktika, putih
🐨	koala, animal, australia, bear, down, face	koala, australia, bawah, beruang, binatang, hewan
🐼	panda, animal, bamboo, face	panda, bambu, binatang, hewan, muka, wajah
🦥	sloth, lazy, slow	kungkang, lamban, lambat, lelet, malas, pelan
🦦	otter, animal, fishing, playful	berang-berang, bahagia, ceria, gembira, memancing ikan, menangkap ikan
🦨	skunk, animal, stink	sigung, bau, busuk
🦘	kangaroo, animal, joey, jump, marsupial	kanguru, anak kanguru, berkantung, binatang, hewan, kangguru
🦡	badger, animal, honey, pester	musang, binatang, hewan, luak, luwak, madu
🐾	paw prints, feet, paws	jejak kaki hewan, cakar, jejak hewan
🦃	turkey, bird, gobble, thanksgiving	kalkun, binatang, burung, hewan, thanksgiving
🐔	chicken, animal, bird, ornithology	ayam, binatang, burung, hewan, ornitologi
🐓	rooster, animal, bird, ornithology	ayam jago, binatang, burung, hewan, ornitologi
🐣	hatching chick, animal, baby, bird, egg	itik menetas, anak ayam, ayam, bayi, binatang, hewan
🐤	baby chick, animal, bird, ornithology	itik bayi, anak ayam, ayam, binatang, burung, hewan
🐥	front-facing baby chick, animal, bird, newborn, ornithology	itik bayi menghadap ke depan, anak ayam, ayam, binatang, hewan, ornitologi
🐦️	bird, animal, ornithology	burung, binatang, hewan, ornitologi
🐧	penguin, animal, antarctica, bird, ornithology	pinguin, antarktika, binatang, burung, hewan, ornitologi
🕊️	dove, bird, fly, ornithology, peace	merpati, binatang, burung, damai, hewan, ornitologi
🦅	eagle, animal, bird, ornithology	elang, binatang, burung, hewan, ornitologi
🦆	duck, animal, bird, ornithology	bebek, binatang, burung, hewan, ornitologi
🦢	swan, animal, bird, cygnet, duckling, ornithology	angsa leher panjang, anak angsa, angsa muda, binatang, buruk rupa, burung
🦉	owl, animal, bird, ornithology, wise	burung hantu, bijaksana, binatang, hewan, ornitologi
🦤	dodo, animal, bird, extinction, large, ornithology	dodo, besar, binatang, burung, hewan, Mauritius
🪶	feather, bird, flight, light, plumage	bulu, bulu ayam, burung, pena bulu, penerbangan, ringan
🦩	flamingo, animal, bird, flamboyant, ornithology, tropical	flamingo, anggun, binatang, burung, flamboyan, hewan
🦚	peacock, animal, bird, colorful, ornithology, ostentatious	merak, bangga, binatang, burung, cantik, hewan
🦜	parrot, animal, bird, ornithology, pirate, talk	nuri, bajak laut, bicara, binatang, burung, hewan
🐸	frog, animal, face	katak, binatang, hewan, kodok, muka, wajah
🐊	crocodile, animal, zoo	buaya, binatang, hewan, kebun binatang
🐢	turtle, animal, terrapin, tortoise	kura-kura, binatang, hewan, penyu, reptil, terrapin
🦎	lizard, animal, reptile	kadal, binatang, cicak, hewan, reptil
🐍	snake, animal, bearer, Ophiuchus, serpent, zodiac	ular, binatang, hewan, ofiukus, pembawa, reptil
🐲	dragon face, animal, fairy, fairytale, tale	wajah naga, binatang, dongeng, hewan, mistis, muka
🐉	dragon, animal, fairy, fairytale, knights, tale	naga, binatang, dongeng, hewan, kisah, ksatria
🦕	sauropod, brachiosaurus, brontosaurus, dinosaur, diplodocus	sauropod, brachiosaurus, brontosaurus, dinosaur, diplodocus
🦖	T-Rex, dinosaur, Tyrannosaurus	T-Rex, dinosaurus, Tyrannosaurus
🐳	spouting whale, animal, beach, face, ocean	ikan paus menyembur, binatang, hewan, laut, muka, pantai
🐋	whale, animal, beach, ocean	ikan paus, binatang, hewan, laut, pantai, samudra
🐬	dolphin, animal, beach, flipper, ocean	lumba-lumba, binatang, hewan, laut, pantai, samudra
🦭	seal, animal, lion, ocean	anjing laut, binatang, hewan, samudra, singa
🐟️	fish, animal, dinner, fishes, fishing, Pisces	ikan, binatang, hewan, makan malam, memancing, pisces
🐠	tropical fish, animal, fishes	ikan tropis, binatang, hewan
🐡	blowfish, animal	ikan gembung, binatang, hewan
🦈	shark, animal, fish	hiu, binatang, hewan, ikan
🐙	octopus, animal, creature, ocean	gurita, binatang, hewan, laut, mahluk, samudra
🐚	spiral shell, animal, beach, conch, sea	cangkang spiral, kerang, laut, pantai
🪸	coral, change, climate, ocean, reef, sea	terumbu karang, koral, laut, lautan, perubahan iklim, samudra
🦀	crab, Cancer, zodiac	kepiting, Cancer, zodiak
🦞	lobster, animal, bisque, claws, seafood	lobster, binatang, bisque, boga bahari, capit, hewan
🦐	shrimp, food, shellfish, small	udang, binatang, hewan, ikan bercangkang, makanan
🦑	squid, animal, food, mollusk	cumi-cumi, binatang, hewan, makanan, moluska
🦪	oyster, diving, pearl	tiram, menyelam, mutiara, selam
🐌	snail, animal, escargot, garden, nature, slug	siput, alam, binatang, hewan, keong
🦋	butterfly, insect, pretty	kupu-kupu, cantik, serangga
🐛	bug, animal, garden, insect	serangga kecil, binatang, hewan, kebun, taman
🐜	ant, animal, garden, insect	semut, binatang, hewan, kebun, serangga, taman
🐝	honeybee, animal, bumblebee, insect, nature, spring	lebah madu, alam, binatang, hewan, musim semi, serangga
🪲	beetle, animal, bug, insect	kumbang, binatang, hewan, serangga
🐞	lady beetle, animal, garden, insect, ladybird, ladybug	kumbang betina, alam, binatang, hewan, kebun, kepik
🦗	cricket, animal, bug, grasshopper, insect, Orthoptera	jangkrik, belalang, hama, insek, serangga
🪳	cockroach, animal, insect, pest	kecoak, binatang, coro, hama, hewan, lipas
🕷️	spider, animal, insect	laba-laba, binatang, hewan, serangga
🕸️	spider web	jaring laba-laba, sarang
🦂	scorpion, Scorpio, Scorpius, zodiac	kalajengking, Scorpio, Scorpius, zodiak
🦟	mosquito, bite, disease, fever, insect, malaria	nyamuk, demam, gigitan nyamuk, malaria, penyakit, sakit panas
🪰	fly, animal, disease, insect, maggot, pest	lalat, belatung, bersayap, binatang, busuk, hama
🪱	worm, animal, annelid, earthworm, parasite	cacing, annelida, binatang, cacing tanah, hermafrodit, hewan
🦠	microbe, amoeba, bacteria, science, virus	mikroba, ameba, amuba, bakteri, ilmu pengetahuan, sains
💐	bouquet, anniversary, birthday, date, flower, love	karangan bunga, buket, romantis, tanaman
🌸	cherry blossom, flower, plant, spring, springtime	sakura, bunga, mekar, musim semi, tanaman
💮	white flower	bunga putih, kembang
🪷	lotus, beauty, Buddhism, calm, flower, Hinduism	teratai, Buddhisme, bunga, damai, Hinduisme, kecantikan
🏵️	rosette, plant	hiasan mawar, bros mawar, tanaman
🌹	rose, beauty, elegant, flower, love, plant	mawar, bunga, tanaman
🥀	wilted flower, dying	bunga layu, bunga kering, kecewa, tanaman
🌺	hibiscus, flower, plant	kembang sepatu, bunga, tanaman, tumbuhan
🌻	sunflower, outdoors, plant	bunga matahari, tanaman
🌼	blossom, buttercup, dandelion, flower, plant	mekar, bunga, bunga sitrus, tanaman
🌷	tulip, blossom, flower, growth, plant	tulip, bunga, mekar, tanaman, tumbuhan
🌱	seedling, plant, sapling, sprout, young	semai, daun, muda, tanaman, tumbuhan, tunas
🪴	potted plant, decor, grow, house, nurturing	tanaman pot, dalam pot, dekorasi, menanam, merawat, rumah
🌲	evergreen tree, christmas, forest, pine	pohon hijau abadi, pohon pinus, tanaman
🌳	deciduous tree, forest, green, habitat, shedding	pohon meranggas, gugur, hijau, tanaman
🌴	palm tree, beach, plant, tropical	pohon palem, tanaman, tropis
🌵	cactus, desert, drought, nature, plant	kaktus, padang pasir, pohon, tanaman
🌾	sheaf of rice, ear, grain, grains, plant	seikat padi, bulir, gandum, nasi, tanaman
🌿	herb, leaf, plant	herba, daun, herbal, tanaman
☘️	shamrock, irish, plant	semanggi, clover, daun, irlandia, shamrock, tanaman
🍀	four leaf clover, 4, four-leaf, irish, lucky, plant	empat daun semanggi, 4, beruntung, tanaman
🍁	maple leaf, falling	daun maple, gugur, tanaman
🍂	fallen leaf, autumn, falling	daun berguguran, tanaman
🍃	leaf fluttering in wind, blow	daun tertiup angin, tanaman, terbang
🪹	empty nest, branch, home, nesting	sarang burung kosong, bersarang, cabang, ranting, rumah
🪺	nest with eggs, bird, branch, nesting	sarang dengan telur, bersarang, bertelur, burung, cabang, ranting
🍄	mushroom, fungus, toadstool	jamur, mario bros, tanaman
`,
  food: `
🍇	grapes, Dionysus, fruit	anggur, buah, Dionysus
🍈	melon, cantaloupe, fruit	melon, buah
🍉	watermelon, fruit	semangka, buah, tanaman
🍊	tangerine, c, citrus, fruit, nectarine, orange	buah jeruk, c, oranye, vitamin
🍋	lemon, citrus, fruit, sour	lemon, asam, buah, jeruk, masam
🍌	banana, fruit, potassium	pisang, buah, kalium, potasium
🍍	pineapple, colada, fruit, pina, tropical	nanas, buah, colada, nenas, pina, tropikal
🥭	mango, food, fruit, tropical	mangga, buah, makanan, tropis
🍎	red apple, diet, food, fruit, health, ripe	apel merah, buah, diet, kesehatan, makanan, matang
🍏	green apple, fruit	apel hijau, buah
🍐	pear, fruit	pir, buah
🍑	peach, fruit	persik, buah, peach
🍒	cherries, berries, cherry, fruit, red	ceri, beri, buah, merah
🍓	strawberry, fruit	stroberi, buah
🫐	blueberries, berry, bilberry, blueberry, food, fruit	blueberry, beri, bilberry, biru, bluberi, buah
🥝	kiwi fruit, food	buah kiwi, makanan
🍅	tomato, food, fruit, vegetable	tomat, buah, makanan, sayur
🫒	olive, food	zaitun, makanan
🥥	coconut, colada, palm, piña	kelapa, colada, palem, piña
🥑	avocado, food, fruit	alpukat, alpuket, avokad, avokado, buah, makanan
🍆	eggplant, aubergine, vegetable	terung, sayuran, terong
🥔	potato, food, vegetable	kentang, makanan, sayur, sayuran
🥕	carrot, food, vegetable	wortel, makanan, sayur
🌽	ear of corn, crops, farm, maize, maze	bonggol jagung, kebun, labirin, panen, perkebunan, telinga
🌶️	hot pepper	cabai pedas, panas
🫑	bell pepper, capsicum, food, vegetable	paprika, bel, cabai, makanan, sayuran
🥒	cucumber, food, pickle, vegetable	ketimun, acar, makanan, sayuran
🥬	leafy green, bok, burgers, cabbage, choy, kale	selada hijau, bok choy, burger, daun, kale, kubis
🥦	broccoli, cabbage, wild	brokoli, kubis, liar
🧄	garlic, flavoring	bawang putih, perisa
🧅	onion, flavoring	bawang bombay, bawang bombai, perisa
🥜	peanuts, food, vegetable	kacang tanah, makanan, sayur, sayuran
🫘	beans, food, kidney, legume, small	kacang merah, biji-bijian, ginjal, kacang-kacangan, kecil, legume
🌰	chestnut, almond, plant	kastanye, almon, tanaman
🍞	bread, carbs, food, grain, loaf, restaurant	roti, biji-bijian, gandum, karbo, makanan, restoran
🥐	croissant, bread, breakfast, crescent, food, french	croissant, bulan sabit, gulung, makanan, prancis, roti
🥖	baguette bread, food, french	roti baguette, baget, makanan, perancis
🫓	flatbread, arepa, food, gordita, lavash, naan	roti pipih, arepa, gordita, lavash, makanan, naan
🥨	pretzel, convoluted, twisted	pretzel, berkeluk, simpul
🥯	bagel, bakery, bread, breakfast, schmear	bagel, roti, sarapan, schmear, toko roti
🥞	pancakes, breakfast, crêpe, food, hotcake	panekuk, crepe, makanan, pancake, sarapan, serabi
🧇	waffle, breakfast, indecisive, iron	wafel, besi, bingung, sarapan, waffle
🧀	cheese wedge	irisan keju, potongan
🍖	meat on bone	daging pada tulang
🍗	poultry leg, bone, chicken, drumstick, hungry, turkey	kaki ayam, kalkun, lapar, paha ayam, tulang, unggas
🥩	cut of meat, chop, lambchop, porkchop, red, steak	potongan daging, daging babi, daging domba, irisan, merah, steak
🥓	bacon, breakfast, food, meat	babi asap, bacon, bakon, daging, makanan
🍔	hamburger, eat, fast, food, hungry	hamburger, lapar, makan, makanan, roti
🍟	french fries, fast, food	kentang goreng, makanan
🍕	pizza, cheese, food, hungry, pepperoni, slice	pizza, keju, makanan, potongan, roti
🌭	hot dog, frankfurter, hotdog, sausage	hot dog, hotdog, makanan, roti, sosis
🥪	sandwich, bread	roti lapis, sandwich
🌮	taco, mexican	taco, khas meksiko
🌯	burrito, mexican, wrap	burrito, bungkus, meksiko
🫔	tamale, food, mexican, pamonha, wrapped	tamale, dibungkus, makanan, meksiko, pamonha
🥙	stuffed flatbread, falafel, food, gyro, kebab	roti tawar isi, falafel, kebab, makanan, roti isi
🧆	falafel, chickpea, meatball	falafel, bakso, baso, bebola, kacang arab
🥚	egg, breakfast, food	telur, makanan, telor
🍳	cooking, breakfast, easy, egg, fry, frying	memasak, goreng, makanan, menggoreng, sarapan, telur
🥘	shallow pan of food, casserole, paella	wajan dangkal, kaserol, makanan, seafood
🍲	pot of food, soup, stew	panci makanan, mangkuk, rebus, rebusan
🫕	fondue, cheese, chocolate, food, melted, pot	fondue, cokelat, keju, makanan, meleleh, panci
🥣	bowl with spoon, breakfast, cereal, congee, oatmeal, porridge	mangkuk dengan sendok, bubur, mangkok, oat, oatmeal, sarapan
🥗	green salad, food	salad hijau, sayuran
🍿	popcorn, movie	popcorn, berondong, bioskop, film, jagung, nonton
🧈	butter, dairy	mentega, produk susu
🧂	salt, condiment, flavor, mad, salty, shaker	garam, asin, bumbu, kecewa, kesal, marah
🥫	canned food	makanan kaleng
🍱	bento box, food	kotak bento, makanan, nasi kotak
🍘	rice cracker, food	kerupuk beras, biskuit, keripik, makanan
🍙	rice ball, food, Japanese	nasi kepal, bola, jepang, makanan
🍚	cooked rice, food	nasi matang, makanan, masak, putih
🍛	curry rice, food	nasi kari, makanan
🍜	steaming bowl, chopsticks, food, noodle, pho, ramen	mangkuk mengepul, indomie, makanan, mie, ramen, rebusan
🍝	spaghetti, food, meatballs, pasta, restaurant	spageti, italia, makanan, pasta, spaghetti
🍠	roasted sweet potato, food	ubi panggang, kentang, makanan, manis, ubi bakar
🍢	oden, food, kebab, restaurant, seafood, skewer	oden, kebab, laut, makanan, otak-otak, sate
🍣	sushi, food	sushi, makanan
🍤	fried shrimp, prawn, tempura	udang goreng, tempura
🍥	fish cake with swirl, food, pastry, restaurant	kue ikan dengan desain pusaran, makanan, pastri
🥮	moon cake, autumn, festival, yuèbǐng	kue bulan, festival, musim gugur, perayaan, yuèbǐng
🍡	dango, dessert, Japanese, skewer, stick, sweet	dango, jepang, makanan, manis, penutup, sate
🥟	dumpling, empanada, gyōza, jiaozi, pierogi, potsticker	dumpling, empanada, gyoza, jiaozi, pangsit, pierogi
🥠	fortune cookie, prophecy	kue keberuntungan, ramalan
🥡	takeout box, chopsticks, delivery, food, oyster, pail	kotak makanan, bungkus, ember, pesan antar, sumpit, tiram
🍦	soft ice cream, dessert, food, icecream, restaurant, serve	es krim lembut, makanan, manis, penutup
🍧	shaved ice, dessert, restaurant, sweet	es serut, makanan, manis, penutup
🍨	ice cream, dessert, food, restaurant, sweet	es krim, makanan, manis, penutup
🍩	doughnut, breakfast, dessert, donut, food, sweet	donat, makanan, makanan penutup, manis, sarapan
🍪	cookie, chip, chocolate, dessert, sweet	biskuit, cokelat, keping, kue kering, makanan penutup, manis
🎂	birthday cake, bday, celebration, dessert, happy, pastry	kue ulang tahun, bahagia, makanan penutup, manis, pastri, perayaan
🍰	shortcake, dessert, pastry, slice, sweet	kue, makanan, manis, pastri, penutup, potongan
🧁	cupcake, bakery, dessert, sprinkles, sugar, sweet	kue mangkuk, camilan, cupcake, gula, kue mangkok, makanan penutup
🥧	pie, apple, filling, fruit, meat, pastry	pai, apel, buah, daging, irisan, isian
🍫	chocolate bar, candy, dessert, halloween, sweet, tooth	sebatang cokelat, batangan, cemilan, makanan, manis, penutup
🍬	candy, cavities, dessert, halloween, restaurant, sweet	permen, makanan, manis, penutup
🍭	lollipop, candy, dessert, food, restaurant, sweet	permen lolipop, makanan, makanan penutup, manis, restoran
🍮	custard, dessert, pudding, sweet	puding susu, custard, makanan penutup, manis
🍯	honey pot, barrel, bear, food, honeypot, jar	toples madu, beruang, kendi, makanan, manis
🍼	baby bottle, babies, birth, born, drink, infant	botol bayi, minuman, susu
🥛	glass of milk, drink	gelas susu, minum
☕️	hot beverage, cafe, caffeine, chai, coffee, drink	minuman hangat, kafein, kopi, mengepul, panas, teh
🫖	teapot, brew, drink, food	teko, makanan, minum, seduh, teh
🍵	teacup without handle, beverage, drink, oolong	cangkir teh tanpa gagang, cawan, minum, minuman, oolong
🍶	sake, bar, beverage, bottle, cup, drink	sake, bar, botol, cangkir, cawan, minum
🍾	bottle with popping cork, bar, drink	botol dengan penyumbat terlepas, bar, gabus, minuman, sumbat
🍷	wine glass, alcohol, bar, beverage, booze, club	gelas anggur, alkohol, bar, klub, minum, minuman
🍸️	cocktail glass, alcohol, bar, booze, club, drink	gelas cocktail, bar, koktail, minuman
🍹	tropical drink, alcohol, bar, booze, club, cocktail	minuman tropis, alkohol, bar, cocktail, klub, mai tai
🍺	beer mug, alcohol, ale, bar, booze, drink	mug bir, alkohol, bar, minuman, minuman keras, musim panas
🍻	clinking beer mugs, alcohol, bar, booze, bottoms, cheers	mug bir berdenting, alkohol, bar, berbenturan, minuman, tos
🥂	clinking glasses, celebrate, drink	mendentingkan gelas, alkohol, cling, hore, minuman, perayaan
🥃	tumbler glass, liquor, scotch, shot, whiskey, whisky	gelas tumbler, alkohol, minum-minum, minuman, whisky, wiski
🫗	pouring liquid, accident, drink, empty, glass, oops	menuang cairan, gelas, kosong, minum, tumpah
🥤	cup with straw, drink, juice, malt, soda, soft	cangkir dengan sedotan, air, jus, minuman, soda
🧋	bubble tea, boba, food, milk, pearl	teh bubble, boba, makanan, minuman, mutiara, susu
🧃	beverage box, juice, straw, sweet	kotak minuman, jus, manis, sedotan
🧉	mate, drink	teh mate, minuman
🧊	ice, cold, cube, iceberg	es batu, dingin, gunung es
🥢	chopsticks, hashi, jeotgarak, kuaizi	sumpit, hashi
🍽️	fork and knife with plate, cooking, dinner, eat	garpu dan pisau dengan piring, makan, makan malam, masak, memasak
🍴	fork and knife, breakfast, breaky, cooking, cutlery, delicious	garpu dan pisau, alat makan, lapar, makan, masak
🥄	spoon, eat, tableware	sendok, alat makan, makan, peralatan makan
🔪	kitchen knife, chef, cooking, hocho, tool, weapon	pisau dapur, alat, hocho, masak, senjata
🫙	jar, condiment, container, empty, nothing, sauce	toples, bumbu, habis, kosong, menyimpan, saus
🏺	amphora, Aquarius, cooking, drink, jug, tool	amphora, akuarius, Aquarius, kendi, memasak, minuman
`,
  travel: `
🌍️	globe showing Europe-Africa, earth, world	bola dunia Eropa-Afrika, bumi, globe
🌎️	globe showing Americas, earth, world	bola dunia Amerika, bumi, globe
🌏️	globe showing Asia-Australia, earth, world	bola dunia Asia-Australia, bumi, globe
🌐	globe with meridians, earth, internet, web, world, worldwide	bola dunia dengan garis meridian, bumi, garis tengah, globe, internet, seluruh dunia
🗺️	world map	peta dunia
🗾	map of Japan	peta Jepang, jepang
🧭	compass, direction, magnetic, navigation, orienteering	kompas, arah, magnetik, magnetis, navigasi, orientasi
🏔️	snow-capped mountain, cold	gunung dengan puncak bersalju, dingin
⛰️	mountain	gunung
🌋	volcano, eruption, mountain, nature	gunung berapi, alam, erupsi, gunung api
🗻	mount fuji, mountain, nature	gunung Fuji, alam, fuji
🏕️	camping	berkemah, tenda
🏖️	beach with umbrella	pantai dan payung
🏜️	desert	gurun
🏝️	desert island	pulau terpencil, gurun
🏞️	national park	taman nasional
🏟️	stadium	stadion
🏛️	classical building	bangunan klasik, gedung
🏗️	building construction, crane	konstruksi bangunan, crane, derek, pembangunan
🧱	brick, bricks, clay, mortar, wall	batu bata, dinding, lempung, mortar, semen, tanah liat
🪨	rock, boulder, heavy, solid, stone, tough	batu, batu besar, batu kali, berat, cadas, keras
🪵	wood, log, lumber, timber	kayu, batang kayu, batang pohon, gelondong, kayu bakar, kayu bulat
🛖	hut, home, house, roundhouse, shelter, yurt	pondok, gubuk, penampungan, perlindungan, pondok kayu, rumah
🏘️	houses	perumahan, bangunan
🏚️	derelict house, home	rumah terlantar, bangunan
🏠️	house, building, country, heart, home, ranch	rumah, bangunan, gedung
🏡	house with garden, building, country, heart, home, ranch	rumah dengan taman, bangunan, gedung, kebun, pinggir kota, rumah berpohon
🏢	office building, city, cubical, job	gedung perkantoran, bangunan, kota, kubikel, pekerjaan
🏣	Japanese post office, building	kantor pos Jepang, bangunan, gedung
🏤	post office, building, European	kantor pos, bangunan, Eropa, gedung
🏥	hospital, building, doctor, medicine	rumah sakit, bangunan, dokter, gedung, obat
🏦	bank, building	bank, bangunan, gedung
🏨	hotel, building	hotel, bangunan, gedung
🏩	love hotel, building	hotel cinta, bangunan, gedung
🏪	convenience store, 24, building, hours	minimarket, 24 jam, bangunan, toko
🏫	school, building	sekolah, bangunan, gedung
🏬	department store, building	toserba, bangunan, departemen, gedung, mol, swalayan
🏭️	factory, building	pabrik, bangunan, gedung
🏯	Japanese castle, building	kastel Jepang, bangunan, gedung, kastil
🏰	castle, building, European	kastel, bangunan, Eropa, gedung, kastil, puri
💒	wedding, chapel, hitched, nuptials, romance	pernikahan, bangunan, gedung, kapel, romantis
🗼	Tokyo tower	menara Tokyo, tokyo
🗽	Statue of Liberty, liberty, new, ny, nyc, statue	Patung Liberty, liberty, patung
⛪️	church, bless, chapel, Christian, cross, religion	gereja, agama, berkah, berkat, kapel, Kristen
🕌	mosque, islam, masjid, Muslim, religion	masjid, agama, Islam, mushalla, Muslim, musola
🛕	hindu temple	pura, candi, hindu, kuil
🕍	synagogue, Jew, Jewish, judaism, religion, temple	sinagog, agama, bait suci, judaisme, kuil, Yahudi
⛩️	shinto shrine, religion	kuil Shinto, agama, shinto
🕋	kaaba, hajj, islam, Muslim, religion, umrah	ka’bah, agama, islam, muslim
⛲️	fountain	air mancur, pancuran
⛺️	tent, camping	tenda, berkemah
🌁	foggy	berkabut, cuaca
🌃	night with stars	malam berbintang
🏙️	cityscape	panorama kota, bangunan
🌄	sunrise over mountains, morning	matahari terbit di antara gunung, cuaca, pagi
🌅	sunrise, morning, nature	matahari terbit, alam, pagi
🌆	cityscape at dusk, building, evening, landscape, sun, sunset	panorama kota di sore hari, bangunan, gedung, matahari, matahari terbenam, pemandangan
🌇	sunset, building, dusk	matahari terbenam, bangunan, gedung, senja
🌉	bridge at night	jembatan di malam hari, cuaca
♨️	hot springs, hotsprings, steaming	sumber air panas, beruap, mata air, mata air panas, mengepul
🎠	carousel horse, entertainment	komidi putar, hiburan, karosel, kuda
🛝	playground slide, amusement, park, playing, sliding, theme	perosotan, bermain, hiburan, main, meluncur, seluncuran
🎡	ferris wheel, amusement, park, theme	kincir ria, hiburan, permainan, roda, taman
🎢	roller coaster, amusement, park, theme	roller coaster, hiburan, permainan, taman
💈	barber pole, cut, fresh, haircut, shave	tanda salon, potong, rambut, tiang
🎪	circus tent	tenda sirkus
🚂	locomotive, caboose, engine, railway, steam, train	lokomotif, kendaraan, kereta, kereta api, mesin, rel
🚃	railway car, electric, train, tram, travel, trolleybus	gerbong, bus listrik, elektrik, kendaraan, kereta, kereta api
🚄	high-speed train, railway, shinkansen	kereta ekspres, cepat, kendaraan, rel, shinkansen
🚅	bullet train, high-speed, nose, railway, shinkansen, speed	kereta ekspres peluru, cepat, kendaraan, rel, shinkansen
🚆	train, arrived, choo, railway	kereta, kendaraan, rel
🚇️	metro, subway, travel	kereta bawah tanah, bepergian, metro, perjalanan
🚈	light rail, arrived, monorail, railway	light rail, monorail, monorel, tiba
🚉	station, railway, train	stasiun, kendaraan, kereta, rel
🚊	tram, trolleybus	trem, kendaraan, kereta, listrik
🚝	monorail, vehicle	monorel, kendaraan
🚞	mountain railway, car, trip	jalur kereta pegunungan, kendaraan, mobil, rel
🚋	tram car, bus, trolley, trolleybus	gerbong trem, kendaraan, kereta, mobil
🚌	bus, school, vehicle	bus, bis, kendaraan, sekolah
🚍️	oncoming bus, cars	bus datang, bis, mobil
🚎	trolleybus, tram	bus listrik, bis, bis trolley, kendaraan, trem
🚐	minibus, drive, van, vehicle	minibus, bis, kendaraan, van
🚑️	ambulance, emergency, vehicle	ambulans, darurat, kendaraan
🚒	fire engine, truck	mobil pemadam kebakaran, api, mesin, truk
🚓	police car, 5–0, cops, patrol	mobil polisi, kendaraan, patroli
🚔️	oncoming police car	mobil polisi datang, kendaraan
🚕	taxi, cab, cabbie, car, drive, vehicle	taksi, berkendara, kendaraan, kuning, mengemudi, mobil
🚖	oncoming taxi, cab, cabbie, cars, drove, hail	taksi datang, kendaraan, mobil
🚗	automobile, car, driving, vehicle	mobil, berkendara, kendaraan, mengemudi
🚘️	oncoming automobile, car, cars, drove, vehicle	mobil datang, kendaraan
🚙	sport utility vehicle, car, drive, recreational, sportutility	kendaraan rekreasi, mobil, RV
🛻	pickup truck, automobile, car, flatbed, pick-up, transportation	truk pikap, angkutan barang, bak terbuka, mobil, mobil bak, pick-up
🚚	delivery truck, car, drive, vehicle	truk pengiriman, kendaraan
🚛	articulated lorry, car, drive, move, semi, truck	lori gandeng, kendaraan, semi, truk
🚜	tractor, vehicle	traktor, kendaraan
🏎️	racing car, zoom	mobil balap, balapan, kendaraan
🏍️	motorcycle, racing	sepeda motor, balap, balapan
🛵	motor scooter	motor skuter, sepeda motor
🦽	manual wheelchair, accessibility	kursi roda manual, aksesibilitas
🦼	motorized wheelchair, accessibility	kursi roda bermotor, aksesibilitas
🛺	auto rickshaw, tuk	bajaj, becak, bemo, tuk tuk
🚲️	bicycle, bike, class, cycling, cyclist, gang	sepeda, bersepeda, kendaraan
🛴	kick scooter	otoped, skuter
🛹	skateboard, skater, wheels	papan luncur, roda, skateboard, skater, skating
🛼	roller skate, blades, skates, sport	sepatu roda, olahraga, roller skate, sepatu luncur
🚏	bus stop, busstop	halte bus, perhentian
🛣️	motorway, highway, road	jalan raya, jalan tol, jalanan
🛤️	railway track, train	rel kereta, jalan
🛢️	oil drum	drum minyak
⛽️	fuel pump, diesel, fuelpump, gas, gasoline, station	pompa bahan bakar, bensin, SPBU, stasiun
🛞	wheel, car, circle, tire, turn, vehicle	roda, ban, belok, kendaraan, lingkaran, mobil
🚨	police car light, alarm, alert, beacon, emergency, revolving	lampu mobil polisi, berputar, darurat, kendaraan, sirine, suar
🚥	horizontal traffic light, intersection, signal, stop, stoplight	lampu lalu lintas horizontal, sinyal
🚦	vertical traffic light, drove, intersection, signal, stop, stoplight	lampu lalu lintas vertikal, perempatan, sinyal
🛑	stop sign, octagonal	rambu stop, berhenti, oktagon, segi delapan, tanda
🚧	construction, barrier	konstruksi, batasan, pembatas
⚓️	anchor, ship, tool	jangkar, alat, kapal
🛟	ring buoy, float, life, lifesaver, preserver, rescue	ban pelampung, berenang, keamanan, mengapung, penyelamat, penyelamat hidup
⛵️	sailboat, resort, sailing, sea, yacht	perahu layar, kapal, kendaraan, laut, pesiar, resor
🛶	canoe, boat	kano, getek, perahu, sampan
🚤	speedboat, billionaire, lake, luxury, millionaire, summer	perahu cepat, kapal, kapal cepat, kendaraan
🛳️	passenger ship	kapal penumpang
⛴️	ferry, boat, passenger	kapal feri, penumpang, perahu
🛥️	motor boat, motorboat	perahu bermotor, kapal, kendaraan
🚢	ship, boat, passenger, travel	kapal, kendaraan
✈️	airplane, aeroplane, fly, flying, jet, travel	pesawat, kendaraan
🛩️	small airplane, aeroplane	pesawat kecil, kendaraan
🛫	airplane departure, aeroplane, check-in, departures	pesawat lepas landas, berangkat, check-in, kapal terbang, keberangkatan
🛬	airplane arrival, aeroplane, arrivals, arriving, landing	pesawat mendarat, datang, kedatangan, kendaraan
🪂	parachute, hang-glide, parasail, skydive	parasut, hang-glide, paralayar, parasail, terjun payung
💺	seat, chair	kursi, bangku, duduk, tempat duduk
🚁	helicopter, roflcopter, travel, vehicle	helikopter, kendaraan
🚟	suspension railway	kereta suspensi, kendaraan, rel
🚠	mountain cableway, gondola, lift, ski	kereta gantung, gondola, gunung, kabel, kendaraan
🚡	aerial tramway, cable, car, gondola, ropeway	trem gantung, gondola, jalur trem, kabel, kendaraan
🛰️	satellite, space	satelit, antariksa, luar angkasa
🚀	rocket, launch, rockets, space, travel	roket, angkasa, kendaraan
🛸	flying saucer, aliens, extra, terrestrial, UFO	piring terbang, alien, cawan, ekstra, terestrial, UFO
🛎️	bellhop bell, hotel	bel meja, hotel, lonceng
🧳	luggage, bag, packing, roller, suitcase, travel	koper, bepergian, berkemas, jalan-jalan, mengepak, roda
⌛️	hourglass done, sand, time, timer	jam pasir, pewaktu, waktu
⏳️	hourglass not done, flowing, hours, sand, timer, waiting	jam pasir yang bergerak, pewaktu, waktu
⌚️	watch, clock, time	jam tangan, arloji, waktu
⏰️	alarm clock, hours, hrs, late, time, waiting	jam weker, alarm
⏱️	stopwatch, clock, time	stopwatch, jam
⏲️	timer clock	penghitung waktu, jam, pewaktu
🕰️	mantelpiece clock, time	jam perapian
🕛️	twelve o’clock, 12, 12:00, time	jam dua belas tepat, 00, 12, 12.00
🕧️	twelve-thirty, 12, 12:30, 30, clock, time	jam setengah satu, 12, 12:30, 12.30, 30, dua belas
🕐️	one o’clock, 1, 1:00, time	jam satu tepat, 00, 1, 1:00, 1.00
🕜️	one-thirty, 1, 1:30, 30, clock, time	jam setengah dua, 1, 1:30, 1.30, 30, satu
🕑️	two o’clock, 2, 2:00, time	jam dua tepat, 00, 2, 2:00, 2.00
🕝️	two-thirty, 2, 2:30, 30, clock, time	jam setengah tiga, 2, 2.30, 30, dua, dua tiga puluh
🕒️	three o’clock, 3, 3:00, time	jam tiga tepat, 00, 3, 3:00, 3.00
🕞️	three-thirty, 3, 3:30, 30, clock, time	jam setengah empat, 3, 3:30, 3.30, 30, jam tiga tiga puluh
🕓️	four o’clock, 4, 4:00, time	jam empat tepat, 00, 4, 4:00, 4.00, waktu
🕟️	four-thirty, 30, 4, 4:30, clock, time	jam setengah lima, 30, 4, 4.30, empat, empat tiga puluh
🕔️	five o’clock, 5, 5:00, time	jam lima tepat, 00, 5, 5:00, 5.00, waktu
🕠️	five-thirty, 30, 5, 5:30, clock, time	jam setengah enam, 30, 5, 5:30, 5.30, jam lima tiga puluh
🕕️	six o’clock, 6, 6:00, time	jam enam tepat, 00, 6, 6.00, pukul enam
🕡️	six-thirty, 30, 6, 6:30, clock	jam setengah tujuh, 30, 6, 6:30, 6.30, enam
🕖️	seven o’clock, 0, 7, 7:00	jam tujuh tepat, 00, 7, 7:00, 7.00, pukul tujuh
🕢️	seven-thirty, 30, 7, 7:30, clock	jam setengah delapan, 30, 7, 7:30, 7.30, jam tujuh tiga puluh
🕗️	eight o’clock, 8, 8:00, time	jam delapan tepat, 00, 8, 8:00, 8.00, waktu
🕣️	eight-thirty, 30, 8, 8:30, clock, time	jam setengah sembilan, 30, 8, 8.30, delapan, delapan tiga puluh
🕘️	nine o’clock, 9, 9:00, time	jam sembilan tepat, 00, 9, 9:00, 9.00
🕤️	nine-thirty, 30, 9, 9:30, clock, time	jam setengah sepuluh, 30, 9, 9:30, 9.30, jam sembilan tiga puluh
🕙️	ten o’clock, 0, 10, 10:00	jam sepuluh tepat, 00, 10, 10:00, 10.00
🕥️	ten-thirty, 10, 10:30, 30, clock, time	jam setengah sebelas, 10, 10.30, 30, sepuluh, sepuluh tiga puluh
🕚️	eleven o’clock, 11, 11:00, time	jam sebelas tepat, 00, 11, 11:00, 11.00
🕦️	eleven-thirty, 11, 11:30, 30, clock, time	jam setengah dua belas, 11, 11:30, 11.30, 30, jam sebelas tiga puluh
🌑	new moon, dark, space	bulan baru, angkasa, cuaca, gelap
🌒	waxing crescent moon, dreams, space	bulan sabit awal, angkasa, cuaca, membesar
🌓	first quarter moon, space	bulan perbani awal, antariksa, kuartal, luar angkasa, pertama
🌔	waxing gibbous moon, space	bulan cembung awal, antariksa, luar angkasa, membesar
🌕️	full moon, space	bulan purnama, angkasa, cuaca
🌖	waning gibbous moon, space	bulan cembung akhir, antariksa, luar angkasa, mengecil
🌗	last quarter moon, space	bulan perbani akhir, angkasa, cuaca, seperempat
🌘	waning crescent moon, space	bulan sabit akhir, angkasa, cuaca, mengecil
🌙	crescent moon, ramadan, space	bulan sabit, angkasa, cuaca
🌚	new moon face, space	wajah bulan baru, angkasa, cuaca
🌛	first quarter moon face, space	wajah bulan perbani awal, antariksa, kuartal, kuarter, luar angkasa, muka
🌜️	last quarter moon face, dreams	wajah bulan perbani akhir, impian, kuartal, kuarter, mimpi, muka
🌡️	thermometer, weather	termometer, cuaca
☀️	sun, bright, rays, space, sunny, weather	matahari, angkasa, cerah, cuaca, sinar, terang
🌝	full moon face, bright	wajah bulan purnama, angkasa, cuaca, terang
🌞	sun with face, beach, bright, day, heat, shine	wajah matahari, angkasa, bersinar, cuaca, sinar, terang
🪐	ringed planet, saturn, saturnine	planet bercincin, saturnus
⭐️	star, astronomy, medium, stars, white	bintang medium putih, astronomi
🌟	glowing star, glittery, night, shining, sparkle	bintang bersinar, berkilau, cemerlang, malam
🌠	shooting star, falling, night, space	bintang jatuh, angkasa
🌌	milky way, space	bima sakti, antariksa, luar angkasa
☁️	cloud, weather	awan, cuaca
⛅️	sun behind cloud, cloudy, weather	matahari di balik awan, berawan, cuaca, mendung
⛈️	cloud with lightning and rain, thunder, thunderstorm	awan dengan petir dan hujan, cuaca
🌤️	sun behind small cloud, weather	matahari di balik awan kecil, cuaca
🌥️	sun behind large cloud, weather	matahari di balik awan besar, cuaca
🌦️	sun behind rain cloud, weather	matahari di balik awan hujan, cuaca
🌧️	cloud with rain, weather	awan hujan, cuaca
🌨️	cloud with snow, cold, weather	awan salju, cuaca, dingin
🌩️	cloud with lightning, weather	awan petir, cuaca, kilat
🌪️	tornado, cloud, weather, whirlwind	tornado, angin, angin puyuh, awan, cuaca, pusaran
🌫️	fog, cloud, weather	kabut, awan, cuaca
🌬️	wind face, blow, cloud	wajah tertiup angin, awan, embusan, muka, tiupan
🌀	cyclone, dizzy, hurricane, twister, typhoon, weather	topan, berputar-putar, cuaca, pusaran, pusing
🌈	rainbow, gay, genderqueer, glbt, glbtq, lesbian	pelangi, cuaca, hujan
🌂	closed umbrella, clothing, rain	payung tertutup, cuaca, hujan, pakaian
☂️	umbrella, clothing, rain	payung, cuaca, hujan, pakaian
☔️	umbrella with rain drops, clothing, weather	payung dengan tetesan hujan, cuaca, pakaian
⛱️	umbrella on ground, rain, sun	payung di tanah, cuaca, hujan, matahari
⚡️	high voltage, danger, electric, electricity, lightning, nature	tegangan tinggi, bahaya, kilat, listrik, petir, sambaran
❄️	snowflake, cold, weather	serpihan salju, cuaca, dingin, keping salju
☃️	snowman, cold	boneka salju dengan hujan salju, dingin, manusia
⛄️	snowman without snow, cold	boneka salju tanpa salju, cuaca, dingin
☄️	comet, space	komet, antariksa, luar angkasa, meteor
🔥	fire, af, burn, flame, hot, lit	api, alat, bakar, kobaran, panas
💧	droplet, cold, comic, nature, sad, sweat	tetesan air, alam, cuaca, dingin, keringat, komik
🌊	water wave, nature, ocean, surf, surfer, surfing	ombak, air, alam, berselancar, gelombang, laut
`,
  activities: `
🎃	jack-o-lantern, celebration, halloween, pumpkin	jack-o-lantern, dekorasi, halloween, horor, labu, lentera
🎄	Christmas tree, celebration	pohon Natal, perayaan
🎆	fireworks, boom, celebration, entertainment, yolo	kembang api, bum, hiburan, meledak, perayaan
🎇	sparkler, boom, celebration, fireworks	kembang api batang, berkilau, perayaan
🧨	firecracker, dynamite, explosive, fireworks, light, pop	petasan, api, bahan peledak, bunga api, dinamit, kembang api
✨️	sparkles, *, magic, star	berkilau, *, bintang, kilauan, majik
🎈	balloon, birthday, celebrate, celebration	balon, perayaan, ulang tahun
🎉	party popper, awesome, birthday, celebrate, celebration, excited	party popper, jreng, perayaan, pesta, selamat, trompet
🎊	confetti ball, celebrate, celebration, party, woohoo	bola konfeti, confetti, perayaan, pesta, woohoo
🎋	tanabata tree, banner, celebration, Japanese	pohon tanabata, Jepang, perayaan, pohon], spanduk
🎍	pine decoration, bamboo, celebration, Japanese, plant	dekorasi pinus, bambu, dekorasi bambu, jepang, perayaan, tanaman
🎎	Japanese dolls, celebration, festival	boneka Jepang, festival, jepang, perayaan
🎏	carp streamer, celebration	bendera ikan koi, panji, perayaan
🎐	wind chime, bell, celebration	lonceng angin, gemerincing, perayaan
🎑	moon viewing ceremony, celebration	perayaan bulan, upacara
🧧	red envelope, gift, good, hóngbāo, lai, luck	amplop merah, angpau, baik, beruntung, hadiah, hóngbāo
🎀	ribbon, celebration	pita, perayaan
🎁	wrapped gift, birthday, bow, box, celebration, christmas	kado, bungkusan, hadiah, kotak, perayaan
🎗️	reminder ribbon, celebration	pita pengingat, perayaan
🎟️	admission tickets	tiket masuk, karcis
🎫	ticket, admission, stub	tiket, masuk, potongan tiket
🎖️	military medal, award, celebration	medali militer, penghargaan, perayaan
🏆️	trophy, champion, champs, prize, slay, sport	piala, hadiah, juara, kemenangan, menang, olahraga
🏅	sports medal, award, gold, winner	medali olahraga, emas, menang, penghargaan
🥇	1st place medal, first, gold	medali emas, juara, peringkat, pertama, posisi, satu
🥈	2nd place medal, second, silver	medali perak, dua, juara, kedua, peringkat, posisi
🥉	3rd place medal, bronze, third	medali perunggu, juara, ketiga, peringkat, posisi, tiga
⚽️	soccer ball, football, futbol, sport	bola sepak, olahraga
⚾️	baseball, sport	bisbol, bola, olahraga
🥎	softball, glove, sports, underarm	sofbol, bola, kasti, olahraga, sarung tangan, softball
🏀	basketball, hoop, sport	bola basket, keranjang, loncat, olahraga
🏐	volleyball, game	bola voli, game
🏈	american football, bowl, sport, super	American football, american, bola, bowl, olahraga, super
🏉	rugby football, sport	sepak bola rugbi, football, olahraga, rugby
🎾	tennis, ball, racquet, sport	tenis, bola, game, olahraga, raket
🥏	flying disc, ultimate	lempar cakram, disk, frisbee, piringan, terbang
🎳	bowling, ball, game, sport, strike	bowling, bola, game, olahraga, strike
🏏	cricket game, ball, bat	kriket, bola, game, olahraga, pemukul, permainan
🏑	field hockey, ball, game, stick	hoki lapangan, bola, game, olahraga, permainan, stik
🏒	ice hockey, game, puck, stick	hoki es, bola karet, game, olahraga, permainan, stik
🥍	lacrosse, ball, goal, sports, stick	lacrosse, bola, gawang, gol, olahraga, tongkat
🏓	ping pong, ball, bat, game, paddle, pingpong	ping pong, bet, bola, game, olahraga, pemukul
🏸	badminton, birdie, game, racquet, shuttlecock	bulu tangkis, game, kok, olahraga, raket
🥊	boxing glove	sarung tinju, olahraga, sarung tangan
🥋	martial arts uniform, judo, karate, taekwondo	seragam beladiri, bela diri, judo, karate, olahraga, seragam bela diri
🥅	goal net	gawang, gol, jaring, olahraga
⛳️	flag in hole, golf, sport	bendera di lubang golf, olahraga
⛸️	ice skate, skating	seluncur es, olahraga
🎣	fishing pole, entertainment, sport	tongkat pancing, ikan, mancing, olahraga
🤿	diving mask, scuba, snorkeling	kacamata selam, diving, menyelam, scuba, snorkeling
🎽	running shirt, athletics, sash	kaos lari, selempang
🎿	skis, snow, sport	ski, olahraga, salju
🛷	sled, luge, sledge, sleigh, snow, toboggan	kereta luncur, meluncur, salju, toboggan
🥌	curling stone, game, rock	batu curling, permainan
🎯	bullseye, dart, direct, entertainment, game, hit	dart, anak panah, game, lempar, mata, olahraga
🪀	yo-yo, fluctuate, toy	yo-yo, fluktuasi, mainan, naik-turun, yoyo
🪁	kite, fly, soar	layang-layang, layangan, melayang, terbang
🔫	water pistol, gun, handgun, revolver, tool, weapon	pistol air, alat, revolver, senjata
🎱	pool 8 ball, 8ball, billiard, eight, game	biliar 8 bola, delapan, game
🔮	crystal ball, fairy, fairytale, fantasy, fortune, future	bola kristal, alat, dongeng, fantasi, ramalan
🪄	magic wand, magician, witch, wizard	tongkat ajaib, penyihir, pesulap, sihir, sulap, tongkat sihir
🎮️	video game, controller, entertainment	video game, hiburan, kontrol, pengontrol, permainan
🕹️	joystick, game, video, videogame	joystick, game, tuas, video, videogame
🎰	slot machine, casino, gamble, gambling, game, slots	mesin slot, game, judi, kasino
🎲	game die, dice, entertainment	dadu, game, hiburan, permainan
🧩	puzzle piece, clue, interlocking, jigsaw	keping puzzle, jigsaw, kepingan, petunjuk, saling terkait
🧸	teddy bear, plaything, plush, stuffed, toy	boneka beruang, empuk, mainan, teddy bear
🪅	piñata, candy, celebrate, celebration, cinco, de	pinata, festival, Meksiko, meriah, perayaan, perayaan 5 mei
🪩	mirror ball, dance, disco, glitter, party	bola disko, cermin, dansa, glitter, kerlip, pesta
🪆	nesting dolls, babooshka, baboushka, babushka, matryoshka, russia	boneka bersarang, babushka, boneka kayu, boneka matryoshka, rusia
♠️	spade suit, card, game	waru, kartu, permainan, sekop
♥️	heart suit, card, emotion, game, hearts	hati, kartu, perasaan, permainan
♦️	diamond suit, card, game	wajik, kartu, merah, permainan
♣️	club suit, card, clubs, game	keriting, kartu, klub, permainan
♟️	chess pawn, dupe, expendable	pion catur, anak buah
🃏	joker, card, game, wildcard	joker, kartu, permainan
🀄️	mahjong red dragon, game	naga merah mahyong, game, permainan
🎴	flower playing cards, game, Japanese	kartu bunga, game, jepang, permainan
🎭️	performing arts, actor, actress, entertainment, mask, theater	seni drama, tampil, teater, topeng
🖼️	framed picture, art, museum, painting	bingkai bergambar, lukisan, museum, seni
🎨	artist palette, artsy, arty, colorful, creative, entertainment	palet pelukis, lukisan, museum, seni
🧵	thread, needle, sewing, spool, string	benang, gulungan, jahit, jarum, kelos, menjahit
🪡	sewing needle, embroidery, stitches, sutures, tailoring, thread	jarum jahit, benang, jahitan, lancip, menjahit, penjahit
🧶	yarn, ball, crochet, knit	gulungan benang, bola, crochet, menyulam, merajut, rajut
🪢	knot, cord, rope, tangled, tie, twine	simpul, belitan, buhul, ikatan, kusut, puntiran
`,
  objects: `
👓️	glasses, clothing, eye, eyeglasses, eyewear	kacamata, pakaian
🕶️	sunglasses, dark, eye, eyewear	kacamata hitam, gelap
🥽	goggles, dive, eye, protection, scuba, swimming	kacamata renang, berenang, diving, las, mengelas, menyelam
🥼	lab coat, clothes, doctor, dr, experiment, jacket	jas laboratorium, baju, dokter, dr, eksperimen, ilmuwan
🦺	safety vest, emergency	rompi pengaman, darurat, keamanan, keselamatan
👔	necktie, clothing, employed, serious, shirt	dasi, baju, bekerja, karyawan, kemeja, kerja
👕	t-shirt, blue, casual, clothes, clothing, collar	kaos, akhir pekan, baju, belanja, biru, kasual
👖	jeans, blue, casual, clothes, clothing, denim	celana jeans, akhir pekan, baju, belanja, biru, celana panjang
🧣	scarf, bundle, cold, neck, up	syal, dingin, leher
🧤	gloves, hand	sarung tangan
🧥	coat, brr, bundle, cold, jacket, up	mantel, berlapis, dingin, jaket, tebal
🧦	socks, stocking	kaus kaki, kaos, stocking, stoking
👗	dress, clothes, clothing, dressed, fancy, shopping	gaun, baju, belanja, mewah, pakaian
👘	kimono, clothing, comfortable	kimono, baju, nyaman, pakaian
🥻	sari, clothing, dress	sari, baju, gaun, pakaian
🩱	one-piece swimsuit, bathing	pakaian renang one-piece, baju renang, berenang
🩲	briefs, bathing, one-piece, suit, swimsuit, underwear	celana renang, baju renang, one-piece, pakaian dalam, pakaian renang
🩳	shorts, bathing, pants, suit, swimsuit, underwear	celana pendek, baju renang, berenang, pakaian dalam, pakaian renang, renang
👙	bikini, bathing, beach, clothing, pool, suit	bikini, baju renang, kolam renang, pakaian, pantai, renang
👚	woman’s clothes, blouse, clothing, collar, dress, dressed	pakaian wanita, baju, belanja, blus, perempuan
👛	purse, clothes, clothing, coin, dress, fancy	dompet, belanja, koin, pakaian, tas, tas kecil
👜	handbag, clothes, clothing, dress, lady, purse	tas jinjing, aksesoris, belanja, pakaian, tas tangan, wanita
👝	clutch bag, clothes, clothing, dress, handbag, pouch	kantung, dompet wanita, pakaian, tas, tas baju, tas tangan
🛍️	shopping bags, hotel	tas belanja, hotel
🎒	backpack, backpacking, bag, bookbag, education, rucksack	tas sekolah, pakaian, ransel
🩴	thong sandal, beach, flip, flop, sandals, shoe	sandal jepit, alas kaki, benda, karet, murah, pantai
👞	man’s shoe, brown, clothes, clothing, feet, foot	sepatu pria, aksesoris, belanja, kaki, pakaian, sepatu coklat
👟	running shoe, athletic, clothes, clothing, fast, kick	sepatu lari, atletik, kets, olah raga, pakaian, sepatu olah raga
🥾	hiking boot, backpacking, brown, camping, outdoors, shoe	sepatu boot untuk mendaki, backpacking, bot, camping, cokelat, hiking
🥿	flat shoe, ballet, comfy, flats, slip-on, slipper	sepatu flat, flats, nyaman, sandal selop, selop, sepatu balet
👠	high-heeled shoe, clothes, clothing, dress, fashion, heels	sepatu hak tinggi, belanja, mode, pakaian, wanita
👡	woman’s sandal, clothing, shoe	sandal wanita, belanja, pakaian, perempuan, sepatu
🩰	ballet shoes, dance	sepatu balet, menari, tari, tarian
👢	woman’s boot, clothes, clothing, dress, shoe, shoes	sepatu bot wanita, belanja, pakaian, perempuan
👑	crown, clothing, family, king, medieval, queen	mahkota, bangsawan, darah biru, keluarga raja, ningrat, pakaian
👒	woman’s hat, clothes, clothing, garden, hats, party	topi wanita, pakaian, pesta kebun, pita
🎩	top hat, clothes, clothing, fancy, formal, magic	topi tinggi, baju, formal, mewah, pakaian, sulap
🎓️	graduation cap, celebration, clothing, education, hat, scholar	topi wisuda, lulus, pakaian, perayaan, toga, topi sarjana
🧢	billed cap, baseball, bent, dad, hat	topi berlidah, topi bisbol
🪖	military helmet, army, soldier, war, warrior	helm tentara, angkatan darat, helm baja, militer, pejuang, pelindung
⛑️	rescue worker’s helmet, aid, cross, face, hat	helm dengan palang putih, bantuan, muka, P3K, pekerja, penyelamatan
📿	prayer beads, clothing, necklace, religion	tasbih, agama, berdoa, doa, kalung, pakaian
💄	lipstick, cosmetics, date, makeup	lipstik, dandan, kencan, kosmetik, pacaran
💍	ring, diamond, engaged, engagement, married, romance	cincin, berlian, romantis
💎	gem stone, diamond, engagement, jewel, money, romance	batu permata, berlian, perkawinan, pernikahan, romantis, tunangan
🔇	muted speaker, quiet, silent, sound	speaker mati, bisu, bunyi, diam, hening, senyap
🔈️	speaker low volume, soft, sound	volume speaker rendah, kecil, lembut
🔉	speaker medium volume, sound	volume speaker medium, bunyi, suara
🔊	speaker high volume, loud, music, sound	volume speaker tinggi, berisik, bising, bunyi, kencang, keras
📢	loudspeaker, address, communication, public, sound	pengeras suara, keras, pengumuman
📣	megaphone, cheering, sound	megafon, bersorak, suara
📯	postal horn	trompet pos, terompet
🔔	bell, break, church, sound	lonceng, bunyi, gereja, istirahat, suara
🔕	bell with slash, forbidden, mute, no, not, prohibited	lonceng dicoret, bisu, diam, senyap, sunyi, terlarang
🎼	musical score, note	naskah musik, nada, skor
🎵	musical note, sound	not musik, lambang, simbol, tanda
🎶	musical notes, sound	not-not musik, bunyi, lagu, lambang, simbol, suara
🎙️	studio microphone, music	mikrofon studio, musik
🎚️	level slider, music	penggeser tingkat, level, musik
🎛️	control knobs, music	kenop kontrol, musik
🎤	microphone, karaoke, music, sing, sound	mikrofon, karaoke, lagu, musik, nyanyi, suara
🎧️	headphone, earbud, sound	headphone, bunyi, earbud, suara
📻️	radio, entertainment, tbt, video	radio, hiburan, video
🎷	saxophone, instrument, music	saksofon, instrumen, musik
🎺	trumpet, instrument, music	trompet, instrumen, musik
🪗	accordion, box, concertina, instrument, music, squeeze	akordeon, alat musik, concertina, instrumen, kotak remas, musik
🎸	guitar, instrument, music, strat	gitar, instrumen, musik
🎹	musical keyboard, instrument, piano	keyboard musik, instrumen, piano
🎻	violin, instrument, music	biola, instrumen, musik
🪕	banjo, music, stringed	banjo, musik, senar
🥁	drum, drumsticks, music	drum, musik, stik drum
🪘	long drum, beat, conga, instrument, rhythm	gendang, beat, conga, drum, instrumen, irama
📱	mobile phone, cell, communication, telephone	ponsel, seluler, telepon
📲	mobile phone with arrow, build, call, cell, communication, receive	telepon masuk, panah, panggilan, ponsel, seluler, telefon
☎️	telephone	telepon, telefon
📞	telephone receiver, communication, voip	gagang telepon, komunikasi, penerima
📟️	pager, communication	pager, komunikasi
📠	fax machine, communication	mesin faks, faksimili, komunikasi
🔋	battery	baterai
🪫	low battery, drained, electronic, energy, power	baterai lemah, baterai hampir habis, daya lemah, elektronik, energi lemah
🔌	electric plug, electricity	steker, listrik
💻️	laptop, computer, office, pc, personal	komputer laptop, PC, personal
🖥️	desktop computer, monitor	komputer desktop, monitor
🖨️	printer, computer	printer, komputer
⌨️	keyboard, computer	keyboard, komputer, papan ketik
🖱️	computer mouse	mouse komputer, tetikus
🖲️	trackball, computer	trackball, bola tetikus, komputer
💽	computer disk, minidisk, optical	disk komputer, disk mini, optik
💾	floppy disk, computer	disket, komputer
💿️	optical disk, blu-ray, CD, computer, dvd	disk optik, blu-ray, cd, dvd, komputer
📀	dvd, Blu-ray, cd, computer, disk, DVD	dvd, blu-ray, cd, disk, komputer, optik
🧮	abacus, calculation, calculator	sempoa, abakus, hitung, kalkulasi, kalkulator, perhitungan
🎥	movie camera, bollywood, cinema, film, hollywood, record	kamera film, sinema
🎞️	film frames, cinema, movie	frame film, sinema
📽️	film projector, cinema, movie, video	proyektor film, sinema, video
🎬️	clapper board, action, movie	papan sutradara, film
📺️	television, tv, video	televisi, layar tv, tv, tv tabung, video
📷️	camera, photo, selfie, snap, tbt, trip	kamera, video
📸	camera with flash, video	kamera dengan flash, video
📹️	video camera, camcorder, tbt	kamera video, merekam, rekam
📼	videocassette, old, school, tape, vcr, vhs	kaset video, pita, vhs
🔍️	magnifying glass tilted left, lab, left-pointing, science, search, tool	kaca pembesar arah kiri, alat, penelusuran
🔎	magnifying glass tilted right, contact, lab, right-pointing, science, search	kaca pembesar arah kanan, alat, penelusuran
🕯️	candle, light	lilin, cahaya
💡	light bulb, comic, electric, idea	bohlam, bola lampu, cahaya, elektrik, ide, komik
🔦	flashlight, electric, tool, torch	lampu senter, alat, cahaya, listrik
🏮	red paper lantern, bar, light, restaurant	lampion merah, bar, cahaya, jepang, lentera, lentera kertas merah
🪔	diya lamp, light, oil	lampu diya, lentera, minyak
📔	notebook with decorative cover, decorated, education, school, writing	buku catatan bersampul, dekorasi, pendidikan, sekolah
📕	closed book, education	buku tertutup, merah, pelajaran, perpustakaan
📖	open book, education, fantasy, knowledge, library, novels	buku terbuka, baca, membaca, pendidikan, pengetahuan, perpustakaan
📗	green book, education, fantasy, library, reading	buku hijau
📘	blue book, education, fantasy, library, reading	buku biru, pelajaran, perpustakaan
📙	orange book, education, fantasy, library, reading	buku oranye, pelajaran, perpustakaan
📚️	books, education, fantasy, knowledge, library, novels	buku, bahan pelajaran, cerita, pengetahuan
📓	notebook	buku catatan
📒	ledger, notebook	buku besar, buku catatan
📃	page with curl, document, paper	halaman tergulung, dokumen
📜	scroll, paper	gulungan, kertas
📄	page facing up, document, paper	halaman tampak depan, dokumen
📰	newspaper, communication	koran, berita, kertas
🗞️	rolled-up newspaper	gulungan koran, berita, kertas, tergulung
📑	bookmark tabs, marker	penanda halaman buku, tab, tanda
🔖	bookmark	pembatas buku, tanda
🏷️	label, tag	label
🪙	coin, dollar, euro, gold, metal, money	koin, dinar, dolar, duit, emas, euro
💰️	money bag, bank, bet, billion, cash, cost	kantung uang, bayar, dolar, kantong, kas, pembayaran
💴	yen banknote, bill, currency, money	uang kertas yen, bank, kas, mata uang
💵	dollar banknote, bill, currency, money	uang kertas dolar, bank, kas, mata uang
💶	euro banknote, 100, bill, currency, money, rich	uang kertas euro, duit, eropa, kas, mata uang, mata uang eropa
💷	pound banknote, bill, billion, cash, currency, money	uang kertas pound, duit, inggris, mata uang, mata uang inggris, uang kertas inggris
💸	money with wings, bank, banknote, bill, billion, cash	uang bersayap, dolar, mata uang amerika, terbang, uang kertas, uang kertas amerika
💳️	credit card, bank, cash, charge, money, pay	kartu kredit, bank, uang
🧾	receipt, accounting, bookkeeping, evidence, invoice, proof	kuitansi, akuntansi, bon, bukti, bukti pembayaran, faktur
💹	chart increasing with yen, bank, currency, graph, growth, market	bagan meningkat dengan yen, bank, grafik, mata uang, pasar, pertumbuhan
✉️	envelope, e-mail, email, letter	amplop, email, surat
📧	e-mail, email, letter	email, surat
📨	incoming envelope, delivering, e-mail, email, letter, mail	amplop datang, email, kotak surat, masuk, surat, terima
📩	envelope with arrow, communication, down, e-mail, email, letter	amplop dengan panah, email, keluar, komunikasi, menerima, surat
📤️	outbox tray, email, letter, mail, sent	baki kotak keluar, kirim, pengiriman kotak surat, surat, terkirim
📥️	inbox tray, email, letter, mail, receive, zero	baki kotak masuk, penerimaan kotak surat, surat, terima
📦️	package, box, communication, delivery, parcel, shipping	paket, kiriman, kotak, parsel, pengiriman
📫️	closed mailbox with raised flag, communication, postbox	kotak surat tertutup dengan bendera terangkat
📪️	closed mailbox with lowered flag, postbox	kotak surat tertutup dengan bendera turun
📬️	open mailbox with raised flag, postbox	kotak surat terbuka dengan bendera terangkat
📭️	open mailbox with lowered flag, postbox	kotak surat terbuka dengan bendera turun
📮	postbox, mail, mailbox	kotak pos, kotak surat, surat
🗳️	ballot box with ballot	kotak dengan surat suara, kotak suara
✏️	pencil	pensil, tulis
✒️	black nib, pen	ujung pena, tulis
🖋️	fountain pen	pena tinta, bolpoin, pen tinta
🖊️	pen, ballpoint	pena, bolpoin, tulis
🖌️	paintbrush, painting	kuas, lukisan, melukis
🖍️	crayon	krayon
📝	memo, communication, media, notes, pencil	memo, catatan, pensil
💼	briefcase, office	tas kantor, koper
📁	file folder	folder file, map
📂	open file folder	folder file terbuka, map
🗂️	card index dividers	pembagi indeks kartu
📅	calendar, date	kalender, tanggal
📆	tear-off calendar	kalender sobek, tanggal
🗒️	spiral notepad	catatan spiral, kertas
🗓️	spiral calendar, pad	kalender spiral, kertas, tanggal
📇	card index, old, rolodex, school	indeks kartu, rolodex
📈	chart increasing, data, graph, growth, right, trend	bagan meningkat, data, grafik, naik, pertumbuhan, tren
📉	chart decreasing, data, down, downward, graph, negative	bagan menurun, data, grafik, tren, turun
📊	bar chart, data, graph	diagram batang, bagan, grafik
📋️	clipboard, do, list, notes	papan klip, alas tulis, catatan
📌	pushpin, collage	paku penanda, pin
📍	round pushpin, location, map	paku penanda bulat, lokasi, peta, pin
📎	paperclip	klip kertas, penjepit kertas
🖇️	linked paperclips	klip kertas tertaut, penjepit kertas, tautan
📏	straight ruler, angle, edge, math, straightedge	penggaris lurus, matematika, ujung lurus
📐	triangular ruler, angle, math, set, slide, triangle	penggaris segitiga, rangkaian
✂️	scissors, cut, cutting, paper, tool	gunting, alat, potong
🗃️	card file box	kotak file kartu
🗄️	file cabinet, filing, paper	lemari file, arsip, berkas, kabinet, pemberkasan, surat
🗑️	wastebasket, can, garbage, trash	keranjang sampah, tong sampah
🔒️	locked, closed, private	gembok, privasi, terkunci, tutup
🔓️	unlocked, cracked, open	gembok terbuka, tidak digembok, tidak terkunci
🔏	locked with pen, ink, nib, privacy	gembok terkunci dengan pena, privasi, tinta, ujung pena
🔐	locked with key, bike, closed, secure	gembok terkunci dengan kunci, aman, tutup
🔑	key, keys, lock, major, password, unlock	kunci, buka kunci, kata sandi, sandi
🗝️	old key, clue, lock	kunci antik, gembok, petunjuk
🔨	hammer, home, improvement, repairs, tool	palu, alat
🪓	axe, chop, hatchet, split, wood	kapak, belah, kampak, kayu, potong
⛏️	pick, hammer, mining, tool	beliung, alat, tambang
⚒️	hammer and pick, tool	palu dan beliung, alat
🛠️	hammer and wrench, spanner, tool	palu dan kunci inggris, alat
🗡️	dagger, knife, weapon	belati, pisau, senjata
⚔️	crossed swords, weapon	pedang bersilang, senjata
💣️	bomb, boom, comic, dangerous, explosion, hot	bom, bahaya, komik, ledakan
🪃	boomerang, rebound, repercussion, weapon	bumerang, aborigin, australia, berbalik, melambung, senjata
🏹	bow and arrow, archer, archery, Sagittarius, tool, weapon	busur dan panah, olahraga, pemanah, sagitarius, Sagitarius, senjata
🛡️	shield, weapon	perisai, senjata
🪚	carpentry saw, carpenter, cut, lumber, tool, trim	gergaji kayu, alat, benda, pangkas, perkakas, potong
🔧	wrench, home, improvement, spanner, tool	kunci inggris, alat
🪛	screwdriver, flathead, handy, tool	obeng, alat, obeng lurus, obeng minus, peralatan, perkakas
🔩	nut and bolt, home, improvement, tool	mur dan baut, alat
⚙️	gear, cog, cogwheel, tool	roda gigi, alat
🗜️	clamp, compress, tool, vice	klem, alat, pengompres, penjepit
⚖️	balance scale, justice, Libra, scales, tool, weight	timbangan gantung, adil, alat, keadilan, kejaksaan, libra
🦯	white cane, accessibility, blind, probing	tongkat tunanetra, aksesibilitas, buta
🔗	link, links	tautan, rangkaian
⛓️	chains	rantai
🪝	hook, catch, crook, curve, ensnare, point	kait, cantelan, cantolan, kail, kaitan, kurva
🧰	toolbox, chest, mechanic, red	kotak perkakas, kotak merah, mekanik, peti
🧲	magnet, attraction, horseshoe, magnetic, negative, positive	magnet, bentuk u, daya tarik, ketertarikan, ladam, magnetik
🪜	ladder, climb, rung, step	tangga, alat panjat, anak tangga, panjat, tangga kayu
⚗️	alembic, chemistry, tool	alembic, alat, kimia
🧪	test tube, chemist, chemistry, experiment, lab, science	tabung uji, ahli kimia, eksperimen, ilmu pasti, ilmu pengetahuan, kimia
🧫	petri dish, bacteria, biologist, biology, culture, lab	cawan petri, ahli biologi, bakteri, biakan, biologi, kultur
🧬	dna, biologist, evolution, gene, genetics, life	dna, ahli biologi, biologi, evolusi, gen, genetik
🔬	microscope, experiment, lab, science, tool	mikroskop, alat, eksperimen, percobaan, sains
🔭	telescope, contact, extraterrestrial, science, tool	teleskop, alat, sains
📡	satellite antenna, aliens, contact, dish, science	antena satelit, piring
💉	syringe, doctor, flu, medicine, needle, shot	suntikan, alat, dokter, jarum, obat, sakit
🩸	drop of blood, bleed, donation, injury, medicine, menstruation	tetesan darah, berdarah, donor darah, luka, menstruasi, obat
💊	pill, doctor, drugs, medicated, medicine, pills	pil, dokter, obat, sakit
🩹	adhesive bandage	plester luka, perban
🩼	crutch, aid, cane, disability, help, hurt	kruk, bantuan, bantuan mobilitas, cedera, disabilitas, sakit
🩺	stethoscope, doctor, heart, medicine	stetoskop, dokter, jantung, obat
🩻	x-ray, bones, doctor, medical, skeleton, skull	sinar-x, dokter, kerangka, medis, radiologi, rontgen
🚪	door, back, closet, front	pintu
🛗	elevator, accessibility, hoist, lift	elevator, aksesibilitas, alat transportasi, kerekan, lift, lift penumpang
🪞	mirror, makeup, reflection, reflector, speculum	cermin, berias, bersolek, dandan, kaca, pantulan
🪟	window, air, frame, fresh, opening, transparent	jendela, bingkai, bukaan, dinding, kaca, kosen
🛏️	bed, hotel, sleep	tempat tidur, hotel, kasur
🛋️	couch and lamp, hotel	sofa dan lampu, hotel, istirahat, santai
🪑	chair, seat, sit	bangku, duduk, kursi, kursi kayu
🚽	toilet, bathroom	toilet, kakus, kamar kecil, kamar mandi
🪠	plunger, cup, force, plumber, poop, suction	penyedot wc, alat, mampet, toilet, tukang ledeng
🚿	shower, water	shower, air, mandi
🛁	bathtub	bathtub, bak, mandi
🪤	mouse trap, bait, cheese, lure, mousetrap, snare	perangkap tikus, jebakan, jepretan, jerat, keju, menjebak
🪒	razor, sharp, shave	pisau cukur, bercukur, silet, tajam
🧴	lotion bottle, moisturizer, shampoo, sunscreen	botol losion, krim, lotion, moisturizer, pelembap, sampo
🧷	safety pin, diaper, punk, rock	peniti, popok, punk rock
🧹	broom, cleaning, sweeping, witch	sapu, bersih-bersih, membersihkan, menyapu, penyihir, sapu terbang
🧺	basket, farming, laundry, picnic	keranjang, berkebun, cucian, pertanian, piknik
🧻	roll of paper, toilet, towels	gulungan kertas, lap, tisu, tisu rol, tisu toilet
🪣	bucket, cask, pail, vat	ember, angkut air, cuci baju, ember biru, tempat air, tong
🧼	soap, bar, bathing, clean, cleaning, lather	sabun, batang, bersih, buih, busa, mandi
🫧	bubbles, burp, clean, floating, pearl, soap	gelembung, bawah air, bersih, buih, busa, mutiara
🪥	toothbrush, bathroom, clean, dental, hygiene, teeth	sikat gigi, bersih, gigi dan mulut, gosok gigi, higienis, kamar mandi
🧽	sponge, absorbing, cleaning, porous, soak	spons, berpori, bersih-bersih, membersihkan, menyerap, merendam
🧯	fire extinguisher, quench	alat pemadam api ringan, alat pemadam kebakaran, padam, pemadam kebakaran
🛒	shopping cart, trolley	troli belanja
🚬	cigarette, smoking	rokok, merokok
⚰️	coffin, dead, death, vampire	peti mati, kematian, vampir
🪦	headstone, cemetery, dead, grave, graveyard, memorial	batu nisan, kuburan, makam, mati, meninggal, pekuburan
⚱️	funeral urn, ashes, death	guci abu, kematian, kendi, penguburan
🧿	nazar amulet, bead, blue, charm, evil-eye, talisman	jimat nazar, azimat, biru, manik-manik, mantra, mata setan
🪬	hamsa, amulet, Fatima, fortune, guide, hand	hamsa, Fatima, jimat, keberuntungan, Maria, Mariam
🗿	moai, face, moyai, statue, stoneface, travel	moai, moyai, patung, wajah
🪧	placard, demonstration, notice, picket, plaque, protest	plakat, demonstrasi, kartu, papan penanda, papan tanda, pemberitahuan
🪪	identification card, credentials, document, ID, license, security	kartu identitas, keamanan, kredensial, KTP, paspor, pengenal
`,
  symbols: `
🏧	ATM sign, automated, bank, cash, money, teller	tanda ATM, bank, cash, otomatis, teller, tunai
🚮	litter in bin sign, litterbin	tanda membuang sampah, keranjang sampah, tanda tempat sampah, tanda tong sampah, tempat sampah, tong sampah
🚰	potable water, drinking	air dapat diminum, keran
♿️	wheelchair symbol, access, handicap	simbol kursi roda, akses, difabel, disabilitas
🚹️	men’s room, bathroom, lavatory, man, restroom, toilet	toilet pria, kamar kecil, kamar mandi, lavatory, WC
🚺️	women’s room, bathroom, lavatory, restroom, toilet, WC	toilet wanita, kamar kecil, kamar mandi, lavatory, WC
🚻	restroom, bathroom, lavatory, toilet, WC	kamar kecil, tanda, toilet, wc, WC
🚼️	baby symbol, changing	simbol bayi, ganti, lambang, tanda
🚾	water closet, bathroom, lavatory, restroom, toilet, WC	kloset air, kamar kecil, lambang, simbol, tanda, toilet
🛂	passport control	kontrol paspor
🛃	customs, packing	bea cukai, berkemas, paket
🛄	baggage claim, arrived, bags, case, checked, journey	pengambilan bagasi, jalan-jalan, klaim, koper, lambang, pengambilan barang
🛅	left luggage, baggage, case, locker	koper tertinggal, bagasi, barang, loker
⚠️	warning, caution	peringatan, hati-hati
🚸	children crossing, pedestrian, traffic	anak-anak menyeberang, lalu lintas, trotoar
⛔️	no entry, do, fail, forbidden, not, pass	dilarang masuk, lalu lintas, terlarang, tidak, tidak boleh
🚫	prohibited, entry, forbidden, no, not, smoke	dilarang, masuk, merokok, rokok, terlarang, tidak
🚳	no bicycles, bike, forbidden, not, prohibited	dilarang bersepeda, kendaraan, tanda, terlarang, tidak, tidak boleh
🚭️	no smoking, forbidden, not, prohibited, smoke	dilarang merokok, lambang, simbol, tanda, terlarang, tidak
🚯	no littering, forbidden, not, prohibited	dilarang membuang sampah sembarangan, terlarang, tidak boleh
🚱	non-potable water, dry, non-drinking, prohibited	air tidak dapat diminum, bukan air minum, dilarang, kering, lambang, simbol
🚷	no pedestrians, forbidden, not, prohibited	pejalan kaki dilarang masuk, lambang, larangan, simbol, tanda, terlarang
📵	no mobile phones, cell, forbidden, not, prohibited, telephone	dilarang menggunakan ponsel, lambang, mobile, seluler, simbol, tanda
🔞	no one under eighteen, 18, age, forbidden, not, prohibited	di bawah 18 tahun dilarang, batasan usia, delapan belas, di bawah umur, lambang, simbol
☢️	radioactive, sign	radioaktif, berbahaya, lambang, simbol, tanda
☣️	biohazard, sign	biohazard, bahaya, lambang, simbol, tanda
⬆️	up arrow, cardinal, direction, north	tanda panah atas, arah, kardinal, lambang, simbol, utara
↗️	up-right arrow, direction, intercardinal, northeast	tanda panah kanan atas, arah, interkardinal, timur laut
➡️	right arrow, cardinal, direction, east	tanda panah kanan, arah, kardinal, lambang, simbol, timur
↘️	down-right arrow, direction, intercardinal, southeast	tanda panah kanan bawah, arah, interkardinal, tenggara
⬇️	down arrow, cardinal, direction, south	tanda panah bawah, arah, kardinal, selatan
↙️	down-left arrow, direction, intercardinal, southwest	tanda panah kiri bawah, arah, barat daya, interkardinal
⬅️	left arrow, cardinal, direction, west	tanda panah kiri, arah, barat, kardinal
↖️	up-left arrow, direction, intercardinal, northwest	tanda panah kiri atas, arah, barat laut, interkardinal
↕️	up-down arrow	tanda panah atas bawah
↔️	left-right arrow	tanda panah kiri kanan, kanan kiri
↩️	right arrow curving left	tanda panah kanan melengkung ke kiri
↪️	left arrow curving right	tanda panah kanan melengkung ke kanan, kiri
⤴️	right arrow curving up	tanda panah kanan melengkung ke atas
⤵️	right arrow curving down	tanda panah kanan melengkung ke bawah
🔃	clockwise vertical arrows, refresh, reload	tanda panah searah jarum jam, muat ulang
🔄	counterclockwise arrows button, again, anticlockwise, deja, refresh, rewindershins	tanda panah berlawanan arah jarum jam, berlawan arah matahari, berlawanan jarum jam, kebalikan arah jarum jam, lambang, mengulang
🔙	BACK arrow	tanda panah BACK, kembali
🔚	END arrow	tanda panah END, ujung
🔛	ON! arrow, mark	tanda panah ON!, aktif
🔜	SOON arrow, brb, omw	tanda panah SOON, segera
🔝	TOP arrow, homie, up	tanda panah TOP, atas
🛐	place of worship, pray, religion	tempat ibadah, agama, doa, pemujaan
⚛️	atom symbol, atheist	simbol atom, ateis, lambang, tanda
🕉️	om, Hindu, religion	om, agama, aum, hindu, Hindu
✡️	star of David, Jew, Jewish, judaism, religion	bintang Daud, agama, David, judaisme, Yahudi
☸️	wheel of dharma, Buddhist, religion	roda dharma, agama, Buddha
☯️	yin yang, difficult, lives, religion, tao, taoist	yin yang, agama, sulit, susah, tao, taoisme
✝️	latin cross, christ, Christian, religion	salib latin, agama, Kristen, kristiani, kristus
☦️	orthodox cross, Christian, religion	salib ortodoks, agama, Kristen, kristiani
☪️	star and crescent, islam, Muslim, ramadan, religion	bintang dan bulan, agama, bulan sabit, Islam, muslim, ramadan
☮️	peace symbol, healing, peaceful	simbol damai, lambang, tanda
🕎	menorah, candelabrum, candlestick, hanukkah, jewish, judaism	menorah, agama, candelabra, hanukkah, judaisme, lilin
🔯	dotted six-pointed star, fortune, jewish, judaism	bintang sudut enam bertitik, bertitik enam, Ibrani, judaisme, keberuntungan, ramalan
♈️	Aries, horoscope, ram, zodiac	Aries, aries, domba, horoskop, zodiak
♉️	Taurus, bull, horoscope, ox, zodiac	Taurus, banteng, horoskop, taurus, zodiak
♊️	Gemini, horoscope, twins, zodiac	Gemini, gemini, horoskop, kembar, zodiak
♋️	Cancer, crab, horoscope, zodiac	Cancer, cancer, horoskop, kepiting, zodiak
♌️	Leo, horoscope, lion, zodiac	Leo, horoskop, leo, singa, zodiak
♍️	Virgo, horoscope, zodiac	Virgo, horoskop, virgo, zodiak
♎️	Libra, balance, horoscope, justice, scales, zodiac	Libra, adil, horoskop, keadilan, lambang, libra
♏️	Scorpio, horoscope, scorpion, Scorpius, zodiac	Scorpio, horoskop, kalajengking, scorpio, zodiak
♐️	Sagittarius, archer, horoscope, zodiac	Sagitarius, horoskop, pemanah, sagittarius, zodiak
♑️	Capricorn, goat, horoscope, zodiac	Capricorn, capricorn, horoskop, kambing, zodiak
♒️	Aquarius, bearer, horoscope, water, zodiac	Aquarius, air, aquarius, horoskop, pembawa, zodiak
♓️	Pisces, fish, horoscope, zodiac	Pisces, horoskop, ikan, pisces, zodiak
⛎️	Ophiuchus, bearer, serpent, snake, zodiac	Ophiuchus, pembawa, ular, zodiak
🔀	shuffle tracks button, arrow, crossed	tombol acak lagu, bersilangan, panah, trek
🔁	repeat button, arrow, clockwise	tombol ulangi, panah, searah jarum jam
🔂	repeat single button, arrow, clockwise, once	tombol ulangi satu lagu, panah, satu kali, searah jarum jam, sekali
▶️	play button, arrow, right, triangle	tombol putar, kanan, mainkan, panah, segitiga
⏩️	fast-forward button, arrow, double	tombol maju cepat, dobel, dua kali, panah, percepat
⏭️	next track button, arrow, scene, triangle	tombol lagu berikutnya, adegan, panah, segitiga, selanjutnya, trek
⏯️	play or pause button, arrow, right, triangle	tombol putar atau jeda, kanan, mainkan, panah, segitiga
◀️	reverse button, arrow, left, triangle	tombol mundur, kiri, panah, segitiga, terbalik
⏪️	fast reverse button, arrow, double, rewind	tombol mundur cepat, dobel, dua kali, panah, putar balik
⏮️	last track button, arrow, previous, scene, triangle	tombol lagu terakhir, adegan, panah, sebelumnya, segitiga, trek
🔼	upwards button, arrow, red	tombol naik, atas, merah, panah
⏫️	fast up button, arrow, double	tombol naik cepat, atas, dobel, dua kali, panah
🔽	downwards button, arrow, red	tombol turun, bawah, merah, panah
⏬️	fast down button, arrow, double	tombol turun cepat, bawah, dobel, dua kali, panah
⏸️	pause button, bar, double, vertical	tombol jeda, batang, dobel, dua kali, vertikal
⏹️	stop button, square	tombol berhenti, kotak, persegi
⏺️	record button, circle	tombol rekam, lingkaran
⏏️	eject button	tombol keluarkan
🎦	cinema, camera, film, movie	film, bioskop, kamera, sinema
🔅	dim button, brightness, low	tombol redupkan, kecerahan, rendah
🔆	bright button, brightness, light	tombol cerahkan, cahaya, kecerahan
📶	antenna bars, cell, communication, mobile, phone, signal	batang antena, lambang, ponsel, seluler, simbol, sinyal
📳	vibration mode, cell, communication, mobile, phone, telephone	mode getar, bergetar, ponsel, seluler, telepon
📴	mobile phone off, cell, telephone	ponsel nonaktif, mati, seluler, telepon
♀️	female sign, woman	simbol wanita, perempuan
♂️	male sign, man	simbol pria, laki-laki
⚧️	transgender symbol	simbol transgender
✖️	multiply, ×, cancel, multiplication, sign, x	kali, batal, matematika, operator, perkalian, tanda
➕️	plus, +	tambah, +, plus
➖️	minus, -, −, heavy, math, sign	kurang, -, −, matematika, minus, operator
➗️	divide, ÷, division, heavy, math, sign	bagi, ÷, matematika, operator, pembagian, tanda
🟰	heavy equals sign, answer, equality, math	tanda sama dengan tebal, jawaban, matematika, persamaan
♾️	infinity, forever, unbounded, universal	tak terhingga, selamanya, tak terbatas, universal
‼️	double exclamation mark, !, !!, bangbang, punctuation	tanda seru ganda, bangbang, tanda baca
⁉️	exclamation question mark, !, !?, ?, interrobang, punctuation	tanda seru dan tanya, !, !?, ?, pertanyaan, tanda baca
❓️	red question mark, ?, punctuation	tanda tanya merah, ?, pertanyaan, tanda baca
❔️	white question mark, ?, outlined, punctuation	tanda tanya putih, ?, garis luar, pertanyaan, tanda baca
❕️	white exclamation mark, !, outlined, punctuation	tanda seru putih, !, garis luar, tanda baca
❗️	red exclamation mark, !, punctuation	tanda seru merah, tanda baca
〰️	wavy dash, punctuation	garis bergelombang, tanda baca, tanda pisah
💱	currency exchange, bank, money	kurs, bank, mata uang, pertukaran, uang
💲	heavy dollar sign, billion, cash, charge, currency, million	tanda dolar tebal, kas, lambang, mata uang, simbol, tanda dollar tebal
⚕️	medical symbol, aesculapius, medicine, staff	simbol kedokteran, aesculapius, apotek, kesehatan, lambang, tanda
♻️	recycling symbol, recycle	simbol daur ulang, lambang, tanda
⚜️	fleur-de-lis, knights	fleur-de-lis, kesatria, prajurit
🔱	trident emblem, anchor, poseidon, ship, tool	emblem trisula, alat, galah, jangkar, kapal, lambang
📛	name badge	lencana nama
🔰	Japanese symbol for beginner, chevron, green, leaf, tool, yellow	simbol jepang untuk pemula, alat, daun, hijau, Jepang, kuning
⭕️	hollow red circle, heavy, large	lingkaran besar tebal, kosong, merah, o
✅️	check mark button, ✓, checked, checkmark, complete, completed	tanda centang putih tebal, ✓, diperbaiki, lengkap, selesai, tombol
☑️	check box with check, ✓, ballot, checked, done, off	kotak bercentang, ✓, mati, selesai, suara
✔️	check mark, ✓, checked, checkmark, done, heavy	tanda centang tebal
❌️	cross mark, ×, cancel, multiplication, multiply, x	tanda silang, batal, kali, perkalian, salah, x
❎️	cross mark button, ×, multiplication, multiply, square, x	tombol tanda silang, kotak, salah
➰️	curly loop	untaian bergelombang, keriting, putaran
➿️	double curly loop	untaian bergelombang ganda, dobel, keriting, putaran
〽️	part alternation mark	tanda alternasi bagian
✳️	eight-spoked asterisk, *	bintang berujung lancip delapan, *, asterisk
✴️	eight-pointed star, *	bintang berujung delapan, *, asterisk, berujung lancip delapan
❇️	sparkle, *	kilauan, *, berkilau
©️	copyright, C	hak cipta, C
®️	registered, R	terdaftar, R
™️	trade mark, TM, trademark	merek dagang, tanda, tanda dagang, tanda merek, tm
0️⃣	keycap: 0, zero	keycap: 0, nol
1️⃣	keycap: 1, one	keycap: 1, satu
2️⃣	keycap: 2, two	keycap: 2, dua
3️⃣	keycap: 3, three	keycap: 3, tiga
4️⃣	keycap: 4, four	keycap: 4, empat
5️⃣	keycap: 5, five	keycap: 5, lima
6️⃣	keycap: 6, six	keycap: 6, enam
7️⃣	keycap: 7, seven	keycap: 7, tujuh
8️⃣	keycap: 8, eight	keycap: 8, delapan
9️⃣	keycap: 9, nine	keycap: 9, sembilan
🔠	input latin uppercase, ABCD, letters	masukan huruf kapital latin, ABCD, alfabet, huruf besar, input
🔡	input latin lowercase, abcd, letters	masukan huruf kecil latin, abcd, alfabet, input
🔢	input numbers, 1234	masukan angka, 1234, input
🔣	input symbols, &, %, ♪, 〒	masukan simbol, &, %, ♪, 〒, lambang
🔤	input latin letters, abc, alphabet	masukan huruf latin, abc, alfabet
🅰️	A button (blood type)	tombol A (golongan darah)
🆎	AB button (blood type)	tombol AB (golongan darah)
🅱️	B button (blood type)	tombol B (golongan darah)
🆑	CL button	tombol CL, cl, tombol cl
🆒	COOL button	tombol COOL, keren
🆓	FREE button	tombol FREE, bebas, gratis
ℹ️	information, I	informasi, I
🆔	ID button, identity	tombol ID, id, identitas
Ⓜ️	circled M	huruf M dalam lingkaran, dilingkari
🆕	NEW button	tombol NEW, baru
🆖	NG button	tombol NG
🅾️	O button (blood type)	tombol O (golongan darah)
🆗	OK button, okay	tombol OK, oke
🅿️	P button, parking	tombol P, parkir
🆘	SOS button, help	tombol SOS, bantuan, pertolongan
🆙	UP! button, mark	tombol UP!, ke atas, lambang, simbol, tanda
🆚	VS button, versus	tombol VS, versus, vs
🈁	Japanese “here” button, katakana	tombol Jepang "di sini", katakan
🈂️	Japanese “service charge” button, katakana	tombol Jepang "biaya layanan", katakana, tagihan
🈷️	Japanese “monthly amount” button, ideograph	tombol Jepang "jumlah bulanan", ideograf, per bulan
🈶	Japanese “not free of charge” button, ideograph	tombol Jepang "tidak gratis", bebas, biaya, ideograf, tagihan
🈯️	Japanese “reserved” button, ideograph	tombol Jepang "sudah dipesan", ideograf
🉐	Japanese “bargain” button, ideograph	karakter keunggulan dalam lingkaran, ideograf, Jepang, tawar, tombol
🈹	Japanese “discount” button, ideograph	tombol Jepang "diskon", ideograf
🈚️	Japanese “free of charge” button, ideograph	tombol Jepang "gratis", bebas, biaya, ideograf
🈲	Japanese “prohibited” button, ideograph	tombol Jepang "dilarang", ideograf
🉑	Japanese “acceptable” button, ideograph	tombol Jepang "dapat diterima", ideograf
🈸	Japanese “application” button, ideograph	tombol Jepang "lamaran kerja", ideograf
🈴	Japanese “passing grade” button, ideograph	tombol Jepang "nilai kelulusan", ideograf
🈳	Japanese “vacancy” button, ideograph	tombol Jepang "ada lowongan", ideograf
㊗️	Japanese “congratulations” button, ideograph	tombol Jepang "selamat", ideograf
㊙️	Japanese “secret” button, ideograph	tombol Jepang "rahasia", ideograf
🈺	Japanese “open for business” button, ideograph	tombol Jepang "siap berbisnis", buka, ideograf
🈵	Japanese “no vacancy” button, ideograph	tombol Jepang "tidak ada lowongan", ideograf
🔴	red circle, geometric	lingkaran merah, geometri
🟠	orange circle	lingkaran oranye, bulat
🟡	yellow circle	lingkaran kuning, bulat
🟢	green circle	lingkaran hijau, bulat
🔵	blue circle, geometric	lingkaran biru, geometri
🟣	purple circle	lingkaran ungu, bulat
🟤	brown circle	lingkaran cokelat, bulat
⚫️	black circle, geometric	lingkaran hitam, geometri
⚪️	white circle, geometric	lingkaran putih, geometri
🟥	red square, card, penalty	persegi merah, kartu, kotak, penalti
🟧	orange square	persegi oranye, kotak
🟨	yellow square, card, penalty	persegi kuning, kartu, kotak, penalti
🟩	green square	persegi hijau, kotak
🟦	blue square	persegi biru, kotak
🟪	purple square	persegi ungu, kotak
🟫	brown square	persegi cokelat, kotak
⬛️	black large square, geometric	persegi besar hitam, geometri, kotak
⬜️	white large square, geometric	persegi besar putih, geometri, kotak
◼️	black medium square, geometric	persegi medium hitam, geometri, kotak
◻️	white medium square, geometric	persegi medium putih, geometri, kotak
◾️	black medium-small square, geometric	persegi kecil medium hitam, geometri, kotak, medium kecil
◽️	white medium-small square, geometric	persegi kecil medium putih, geometri, kotak, medium kecil
▪️	black small square, geometric	persegi kecil hitam, geometri, kotak
▫️	white small square, geometric	persegi kecil putih, geometri, kotak
🔶	large orange diamond, geometric	wajik oranye besar, geometri
🔷	large blue diamond, geometric	wajik biru besar, geometri
🔸	small orange diamond, geometric	wajik oranye kecil, geometri
🔹	small blue diamond, geometric	wajik biru kecil, geometri
🔺	red triangle pointed up, geometric	segitiga merah mengarah ke atas, geometri, naik
🔻	red triangle pointed down, geometric	segitiga merah mengarah ke bawah, geometri, turun
💠	diamond with a dot, comic, geometric	wajik bertitik, berlian, geometri, komik
🔘	radio button, geometric	tombol radio, geometri
🔳	white square button, geometric, outlined	tombol persegi putih, garis tepi, geometri, kotak
🔲	black square button, geometric	tombol persegi hitam, geometri, kotak
`,
}

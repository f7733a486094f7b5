import { writeNow } from './composer-now.ts'

export type RecorderState =
  'asking' | 'recording' | 'paused' | 'recorded' | 'denied' | 'unsupported' | 'failed'

/** What WhatsApp takes as it is comes first; the server turns webm into OGG. */
const formats = [
  ['audio/ogg;codecs=opus', 'ogg'],
  ['audio/webm;codecs=opus', 'webm'],
  ['audio/mp4', 'm4a'],
] as const

/** WhatsApp's 16 MB are far more than this; nobody listens to more. */
const longestSeconds = 15 * 60
const bitsPerSecond = 32_000
const tickMs = 100

/** Records the member's voice. */
export class Recorder {
  state = $state<RecorderState>('asking')
  seconds = $state(0)
  /** How loud it is, from 0 to 1; the last forty of them. */
  levels = $state.raw<number[]>([])
  file = $state.raw<File | null>(null)
  #recorder: MediaRecorder | null = null
  #stream: MediaStream | null = null
  #sound: AudioContext | null = null
  #timer: ReturnType<typeof setInterval> | undefined
  #isDiscarded = false

  async start(): Promise<void> {
    const { mediaDevices } = navigator as Partial<Navigator>
    const format =
      typeof MediaRecorder === 'undefined'
        ? undefined
        : formats.find(([type]) => MediaRecorder.isTypeSupported(type))
    if (!mediaDevices || !format) {
      this.state = 'unsupported'
      return
    }
    try {
      this.#stream = await mediaDevices.getUserMedia({ audio: true })
    } catch (failure) {
      this.state = failure instanceof DOMException && failure.name === 'NotAllowedError' ? 'denied' : 'failed'
      return
    }
    if (this.#isDiscarded) {
      this.#release()
      return
    }
    this.#record(this.#stream, format)
  }

  pause(): void {
    this.#recorder?.pause()
    this.state = 'paused'
  }

  resume(): void {
    this.#recorder?.resume()
    this.state = 'recording'
  }

  /** Ends the recording; `file` follows. */
  stop(): void {
    if (this.#recorder && this.#recorder.state !== 'inactive') this.#recorder.stop()
  }

  /** Ends everything, and lets the microphone go. */
  discard(): void {
    this.#isDiscarded = true
    this.stop()
    this.#release()
  }

  #record(stream: MediaStream, [mimeType, ending]: (typeof formats)[number]): void {
    const parts: Blob[] = []
    const recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: bitsPerSecond })
    recorder.ondataavailable = ({ data }) => parts.push(data)
    recorder.onerror = () => {
      this.state = 'failed'
      this.#release()
    }
    recorder.onstop = () => {
      this.#release()
      if (this.#isDiscarded) return
      const bare = mimeType.split(';', 1)[0] ?? mimeType
      this.file = new File(parts, `voice-${writeNow().slice(0, 19).replaceAll(':', '')}.${ending}`, {
        type: bare,
      })
      this.state = 'recorded'
    }
    recorder.start(1_000)
    this.#recorder = recorder
    this.state = 'recording'
    this.#measure(stream)
  }

  #measure(stream: MediaStream): void {
    this.#sound = new AudioContext()
    const analyser = this.#sound.createAnalyser()
    analyser.fftSize = 512
    this.#sound.createMediaStreamSource(stream).connect(analyser)
    const samples = new Uint8Array(analyser.fftSize)
    this.#timer = setInterval(() => {
      if (this.state !== 'recording') return
      analyser.getByteTimeDomainData(samples)
      const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample - 128)), 0)
      this.levels = [...this.levels, Math.min(1, loudest / 80)].slice(-40)
      this.seconds += tickMs / 1_000
      if (this.seconds >= longestSeconds) this.stop()
    }, tickMs)
  }

  #release(): void {
    clearInterval(this.#timer)
    for (const track of this.#stream?.getTracks() ?? []) track.stop()
    void this.#sound?.close().catch(() => undefined)
    this.#sound = null
    this.#stream = null
  }
}

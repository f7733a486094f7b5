/** The look of a label's colour, as badges have it. Colours are names of the palette; unknown ones are grey. */
export function labelTone(colour: string): 'neutral' | 'accent' | 'amber' | 'red' | 'violet' | 'blue' {
  switch (colour) {
    case 'green':
      return 'accent'
    case 'amber':
    case 'red':
    case 'violet':
    case 'blue':
      return colour
    default:
      return 'neutral'
  }
}

const dots: Record<ReturnType<typeof labelTone>, string> = {
  neutral: 'bg-line-strong',
  accent: 'bg-accent',
  amber: 'bg-amber-ink',
  red: 'bg-red-ink',
  violet: 'bg-violet-ink',
  blue: 'bg-blue-ink',
}

/** The class of a dot of a label's colour. */
export function labelDot(colour: string): string {
  return dots[labelTone(colour)]
}

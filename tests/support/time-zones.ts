/** A zone in which this hour of the day has begun right now. */
export function zoneWhereItIs(hour: number): string {
  const ahead = ((hour - new Date().getUTCHours() + 11 + 24) % 24) - 11
  // The signs of these names are those of the way to Greenwich.
  return `Etc/GMT${ahead > 0 ? '-' : '+'}${String(Math.abs(ahead))}`
}

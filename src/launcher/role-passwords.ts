import pg from 'pg'

/** Gives the login roles that the migrations made their passwords, as an operator does. */
export async function setRolePasswords(ownerUrl: string, passwords: Record<string, string>): Promise<void> {
  const owner = new pg.Client({ connectionString: ownerUrl, application_name: 'my21staff launcher' })
  await owner.connect()
  try {
    for (const [role, password] of Object.entries(passwords)) {
      await owner.query(
        `alter role ${owner.escapeIdentifier(role)} password ${owner.escapeLiteral(password)}`,
      )
    }
  } finally {
    await owner.end()
  }
}

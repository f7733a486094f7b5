/** How many conversations, and messages of the open one, an answer about changes holds; with more it is not all. */
export const mostChanges = 500

/** Event on the window: whoever hears on a channel that a member was told something says so to the page. */
export const notificationsChanged = 'my21staff:notifications-changed'

package maintain

// IndexItems is for the external tests.
var IndexItems = indexItems

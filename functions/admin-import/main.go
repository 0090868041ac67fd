// Command admin-import serves POST /v1/admin/imports and GET /v1/admin/imports/template:
// administrators hand in files with people, and get a file to fill in. The rules are in
// admin.MakeImport and package roster; functions/run-jobs does the work of the jobs.
package main

import (
	"crypto/rand"
	"log"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/config"
	"chaoxi/shared/dynamo"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/roster"
	"chaoxi/shared/sheet"
	"chaoxi/shared/staff"
)

func main() {
	env := config.FromEnv()
	store := dynamo.New(env.AWS("DYNAMODB"), env.Table())
	auth := httpapi.Auth{Authorize: account.Authorize{Store: store, Settings: env.Settings(), Now: time.Now}}
	dictionaries := &staff.DictionaryList{Store: store, Now: time.Now}
	imports := admin.MakeImport{Store: store, Dictionaries: dictionaries, Open: open, Now: time.Now, Random: rand.Reader}
	template := admin.ImportTemplate{Dictionaries: dictionaries, Write: sheet.Write}
	if err := env.Err(); err != nil {
		log.Fatal(err)
	}
	httpapi.Start(routes(auth, imports, template))
}

// open opens a file with people.
func open(file []byte, format roster.Format) ([]roster.Sheet, error) {
	book, err := sheet.Open(file, format, roster.IsHeader)
	if err != nil {
		return nil, err
	}
	return book.Sheets, nil
}

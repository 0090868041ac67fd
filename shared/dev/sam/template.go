// Package sam reads the AWS SAM template, template.yaml. So the system on one
// machine, and in tests, has the same routes, stream filters, settings and table as
// the deployed one.
//
// It reads those parts of SAM that this product uses, and ignores all others: to
// judge the template is the task of sam validate and of shared/dev/check/deploy.
//
// Look first at Load; resolve.go says how far references are followed.
package sam

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Options say which values the template's references have.
type Options struct {
	// Parameters has values by the name of the parameter. Others have their defaults.
	Parameters map[string]string
	// Names has the values of references to resources: that of `!Ref X` under "X", that
	// of `!GetAtt X.Attr` under "X.Attr". The value of any other is that name itself.
	Names map[string]string
}

// Template is a template with its references resolved.
type Template struct {
	Parameters map[string]Parameter
	Functions  []Function // in the order of their logical ids
	API        *API       // the first AWS::Serverless::HttpApi
	Tables     []Table
}

// Parameter is one parameter of the template.
type Parameter struct {
	Type        string
	Default     string
	HasDefault  bool
	Description string
	Value       string // from Options.Parameters, or the default
}

// Function is one AWS::Serverless::Function with the properties of Globals.
type Function struct {
	LogicalID    string
	Name         string // the last element of CodeUri: the name of its folder and its binary
	CodeURI      string
	Handler      string
	Architecture string // arm64, x86_64
	Timeout      time.Duration
	MemoryMB     int
	Environment  map[string]string
	Policies     any // as in the template, with references resolved
	Routes       []Route
	Heads        []Route // those of the method HEAD, which are served as the GET of the path
	Streams      []Stream
}

// Route is one event of type HttpApi.
type Route struct {
	Method string // GET, …, ANY; "" for $default
	Path   string // /v1/admin/staff/{employeeCode}; $default
}

// Key is the routeKey of API Gateway, such as "POST /v1/codes".
func (r Route) Key() string {
	if r.Path == DefaultPath {
		return DefaultPath
	}
	return r.Method + " " + r.Path
}

// DefaultPath is the path and the routeKey of the route for all requests that no
// other route takes.
const DefaultPath = "$default"

// Stream is one event of type DynamoDB.
type Stream struct {
	Table         string   // logical id of the table
	Filters       []string // EventBridge patterns; a record passes if one matches, or if there are none
	Start         string   // TRIM_HORIZON or LATEST
	BatchSize     int
	Retries       int           // -1: until the record is MaxAge old
	MaxAge        time.Duration // 0: as long as the stream keeps records, 24 hours
	Bisect        bool          // a batch that fails is halved
	PartialAnswer bool          // the function answers which records failed
	Enabled       bool
	OnFailure     string // where Lambda reports records that it gives up
}

// API is the HTTP API.
type API struct {
	LogicalID     string
	Stage         string
	CORS          *CORS // nil: preflight requests reach the routes like any others
	Throttle      Throttle
	RouteThrottle map[string]Throttle // by routeKey
	AccessLog     string              // its format; "": no access log
}

// CORS says how the gateway itself answers preflight requests.
type CORS struct {
	AllowOrigins, AllowHeaders, AllowMethods, ExposeHeaders []string
	MaxAge                                                  int
	AllowCredentials                                        bool
}

// Throttle has the limits of a token bucket. The zero value means no limit.
type Throttle struct {
	Rate  float64 // requests in a second
	Burst int     // requests at once
}

// Load reads the template in file.
func Load(file string, o Options) (*Template, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read template: %w", err)
	}
	t, err := Parse(data, o)
	if err != nil {
		return nil, fmt.Errorf("read template %s: %w", file, err)
	}
	return t, nil
}

// Written returns the template with its references as they are. Short tags have their
// long form: `!Ref X` is map{"Ref": "X"}. It is for tests that judge the template.
func Written(data []byte) (map[string]any, error) {
	raw, err := decode(data)
	return object(raw), err
}

// Parse reads the template in data.
func Parse(data []byte, o Options) (*Template, error) {
	raw, err := decode(data)
	if err != nil {
		return nil, err
	}
	root := object(raw)
	t := &Template{Parameters: map[string]Parameter{}}
	r := resolver{
		parameters: map[string]any{},
		names:      o.Names,
		mappings:   object(root["Mappings"]),
		conditions: object(root["Conditions"]),
	}
	for name, v := range object(root["Parameters"]) {
		p := parameter(object(v))
		if override, ok := o.Parameters[name]; ok {
			p.Value = override
		}
		t.Parameters[name] = p
		r.parameters[name] = p.Value
		if strings.HasPrefix(p.Type, "List<") || p.Type == "CommaDelimitedList" {
			r.parameters[name] = commaList(p.Value)
		}
	}

	globals := object(r.value(root["Globals"]))
	resources := object(root["Resources"])
	for _, id := range slices.Sorted(maps.Keys(resources)) {
		written := object(resources[id])
		if c, ok := written["Condition"]; ok && !r.condition(map[string]any{"Condition": c}) {
			continue
		}
		properties := object(r.value(written["Properties"]))
		switch written["Type"] {
		case "AWS::Serverless::Function":
			f := function(id, merge(object(globals["Function"]), properties))
			f.Policies = properties["Policies"]
			f.Routes, f.Heads, f.Streams = events(object(written["Properties"]), properties)
			t.Functions = append(t.Functions, f)
		case "AWS::Serverless::HttpApi":
			if t.API == nil {
				t.API = api(id, merge(object(globals["HttpApi"]), properties))
			}
		case "AWS::DynamoDB::Table":
			t.Tables = append(t.Tables, table(id, properties))
		}
	}
	if t.API == nil && len(globals) > 0 && globals["HttpApi"] != nil {
		t.API = api("ServerlessHttpApi", object(globals["HttpApi"])) // SAM adds this one
	}
	return t, nil
}

// Function returns the function of this name, and whether there is one.
func (t *Template) Function(name string) (Function, bool) {
	i := slices.IndexFunc(t.Functions, func(f Function) bool { return f.Name == name })
	if i < 0 {
		return Function{}, false
	}
	return t.Functions[i], true
}

// Table returns the table with this logical id, and whether there is one.
func (t *Template) Table(id string) (Table, bool) {
	i := slices.IndexFunc(t.Tables, func(t Table) bool { return t.LogicalID == id })
	if i < 0 {
		return Table{}, false
	}
	return t.Tables[i], true
}

// parameter reads a parameter.
func parameter(m map[string]any) Parameter {
	def, has := m["Default"]
	p := Parameter{Type: text(m["Type"]), Default: text(def), HasDefault: has, Description: text(m["Description"])}
	p.Value = p.Default
	return p
}

// function reads the properties m of the function id.
func function(id string, m map[string]any) Function {
	f := Function{
		LogicalID:    id,
		CodeURI:      text(m["CodeUri"]),
		Handler:      text(m["Handler"]),
		Architecture: "x86_64",
		Timeout:      time.Duration(number(m["Timeout"], 3) * float64(time.Second)),
		MemoryMB:     int(number(m["MemorySize"], 128)),
		Environment:  map[string]string{},
	}
	if list := items(m["Architectures"]); len(list) > 0 {
		f.Architecture = text(list[0])
	}
	f.Name = path.Base(path.Clean("/" + f.CodeURI))
	for name, v := range object(object(m["Environment"])["Variables"]) {
		f.Environment[name] = text(v)
	}
	return f
}

// events reads the events of a function. It also needs the properties as written: the
// resolved reference to a stream does not tell any more which table has it.
func events(written, resolved map[string]any) (routes, heads []Route, _ []Stream) {
	var streams []Stream
	all := object(resolved["Events"])
	for _, name := range slices.Sorted(maps.Keys(all)) {
		event := object(all[name])
		p := object(event["Properties"])
		switch event["Type"] {
		case "HttpApi":
			route := Route{Method: strings.ToUpper(text(p["Method"])), Path: text(p["Path"])}
			if route.Path == "" || route.Path == DefaultPath {
				route = Route{Path: DefaultPath}
			} else if route.Method == "" || route.Method == "X-AMAZON-APIGATEWAY-ANY-METHOD" {
				route.Method = "ANY"
			}
			if route.Method == "HEAD" {
				heads = append(heads, route)
			} else {
				routes = append(routes, route)
			}
		case "DynamoDB":
			source := object(object(object(object(written["Events"])[name])["Properties"])["Stream"])
			streams = append(streams, stream(source, p))
		}
	}
	return routes, heads, streams
}

// stream reads the properties p of an event. source is its Stream as written.
func stream(source, p map[string]any) Stream {
	s := Stream{
		Start:     cmp.Or(text(p["StartingPosition"]), "TRIM_HORIZON"),
		BatchSize: int(number(p["BatchSize"], 100)),
		Retries:   int(number(p["MaximumRetryAttempts"], -1)),
		MaxAge:    time.Duration(max(0, number(p["MaximumRecordAgeInSeconds"], -1))) * time.Second,
		Bisect:    truth(p["BisectBatchOnFunctionError"], false),
		Enabled:   truth(p["Enabled"], true),
		OnFailure: text(object(object(p["DestinationConfig"])["OnFailure"])["Destination"]),
	}
	if arn, ok := source["Fn::GetAtt"].([]any); ok && len(arn) > 0 {
		s.Table = text(arn[0])
	}
	for _, kind := range items(p["FunctionResponseTypes"]) {
		s.PartialAnswer = s.PartialAnswer || text(kind) == "ReportBatchItemFailures"
	}
	for _, filter := range items(object(p["FilterCriteria"])["Filters"]) {
		s.Filters = append(s.Filters, text(object(filter)["Pattern"]))
	}
	return s
}

// api reads the properties m of the HTTP API id.
func api(id string, m map[string]any) *API {
	a := &API{
		LogicalID:     id,
		Stage:         cmp.Or(text(m["StageName"]), "$default"),
		Throttle:      throttle(m["DefaultRouteSettings"]),
		RouteThrottle: map[string]Throttle{},
		AccessLog:     text(object(m["AccessLogSettings"])["Format"]),
	}
	for key, v := range object(m["RouteSettings"]) {
		a.RouteThrottle[key] = throttle(v)
	}
	switch cors := m["CorsConfiguration"].(type) {
	case bool:
		if cors {
			a.CORS = &CORS{AllowOrigins: []string{"*"}}
		}
	case string:
		a.CORS = &CORS{AllowOrigins: []string{strings.Trim(cors, "'")}}
	case map[string]any:
		a.CORS = &CORS{
			AllowOrigins:     texts(items(cors["AllowOrigins"])),
			AllowHeaders:     texts(items(cors["AllowHeaders"])),
			AllowMethods:     texts(items(cors["AllowMethods"])),
			ExposeHeaders:    texts(items(cors["ExposeHeaders"])),
			MaxAge:           int(number(cors["MaxAge"], 0)),
			AllowCredentials: truth(cors["AllowCredentials"], false),
		}
	}
	return a
}

// throttle reads the settings of routes.
func throttle(v any) Throttle {
	m := object(v)
	return Throttle{Rate: number(m["ThrottlingRateLimit"], 0), Burst: int(number(m["ThrottlingBurstLimit"], 0))}
}

// merge adds the properties b of a resource to those of Globals, a, as SAM does: it
// merges maps, joins lists, and replaces anything else.
func merge(a, b map[string]any) map[string]any {
	m := maps.Clone(a)
	if m == nil {
		m = map[string]any{}
	}
	for k, v := range b {
		switch v := v.(type) {
		case map[string]any:
			m[k] = merge(object(m[k]), v)
		case []any:
			base, _ := m[k].([]any)
			m[k] = append(slices.Clone(base), v...)
		default:
			m[k] = v
		}
	}
	return m
}

// commaList splits a list with commas.
func commaList(s string) []any {
	list := []any{}
	for part := range strings.SplitSeq(s, ",") {
		list = append(list, strings.TrimSpace(part))
	}
	return list
}

// object returns v if it is a map, and nil otherwise.
func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// items returns v if it is a list, and otherwise a list with v alone: the template
// may have one value in place of a list.
func items(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	default:
		return []any{v}
	}
}

// number returns v as a number, or otherwise if it is none.
func number(v any, otherwise float64) float64 {
	n, err := strconv.ParseFloat(text(v), 64)
	if err != nil {
		return otherwise
	}
	return n
}

// truth returns v as a boolean, or otherwise if it is none.
func truth(v any, otherwise bool) bool {
	b, err := strconv.ParseBool(text(v))
	if err != nil {
		return otherwise
	}
	return b
}

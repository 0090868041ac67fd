// Package sam reads template.yaml, the AWS SAM template, so that what runs on
// one machine and in tests is what is deployed: the same routes, stream
// filters, settings and table.
//
// It reads the part of SAM that this product uses and refuses nothing that it
// does not know: sam validate judges the template, this package only runs it.
// Start with Load; resolve.go says how far references are followed.
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

// Options say what the template's references stand for.
type Options struct {
	Parameters map[string]string // by parameter name; the rest have their defaults
	Names      map[string]string // what `!Ref X` or `!GetAtt X.Attr` ("X.Attr") of a resource is; else X or X.Attr
}

// Template is a template with its references resolved.
type Template struct {
	Parameters map[string]Parameter
	Functions  []Function // in the order of their logical ids
	API        *API       // the first AWS::Serverless::HttpApi
	Tables     []Table
}

// Parameter is one setting that a deployment may give.
type Parameter struct {
	Type        string
	Default     string
	HasDefault  bool
	Description string
	Value       string // the override, else the default
}

// Function is one AWS::Serverless::Function, Globals merged in.
type Function struct {
	LogicalID    string
	Name         string // the last element of CodeUri, which is also its directory and its binary's
	CodeURI      string
	Handler      string
	Architecture string // arm64, x86_64
	Timeout      time.Duration
	MemoryMB     int
	Environment  map[string]string
	Policies     any // as written
	Routes       []Route
	Streams      []Stream
}

// Route is one event of type HttpApi.
type Route struct {
	Method string // GET, …, ANY; empty for $default
	Path   string // /v1/admin/staff/{employeeCode}; $default
}

// Key is how API Gateway names the route.
func (r Route) Key() string {
	if r.Path == DefaultPath {
		return DefaultPath
	}
	return r.Method + " " + r.Path
}

// DefaultPath is the route that takes what no other one does.
const DefaultPath = "$default"

// Stream is one event of type DynamoDB.
type Stream struct {
	Table         string   // logical id of the table
	Filters       []string // EventBridge patterns; a record passes when one of them does, or there are none
	Start         string   // TRIM_HORIZON or LATEST
	BatchSize     int
	Retries       int           // -1: until the record is MaxAge old
	MaxAge        time.Duration // 0: the stream's own 24 hours
	Bisect        bool          // halve a batch that fails
	PartialAnswer bool          // the function answers which records failed
	Enabled       bool
	OnFailure     string // where dropped batches are reported
}

// API is the HTTP API.
type API struct {
	LogicalID     string
	Stage         string
	CORS          *CORS // nil: preflights reach the routes like any request
	Throttle      Throttle
	RouteThrottle map[string]Throttle // by route key
	AccessLog     string              // format; empty when there is none
}

// CORS is what the gateway answers to preflights by itself.
type CORS struct {
	AllowOrigins, AllowHeaders, AllowMethods, ExposeHeaders []string
	MaxAge                                                  int
	AllowCredentials                                        bool
}

// Throttle is a token bucket; zero is no limit.
type Throttle struct {
	Rate  float64 // a second
	Burst int
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

// Written is the template as it stands: no reference is followed, and short tags
// are in their long form, so that `!Ref X` is map{"Ref": "X"}. It is for who judges
// the template instead of running it.
func Written(data []byte) (map[string]any, error) {
	raw, err := decode(data)
	return object(raw), err
}

// Parse reads a template.
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
			f.Routes, f.Streams = events(object(written["Properties"]), properties)
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
		t.API = api("ServerlessHttpApi", object(globals["HttpApi"])) // the one that SAM adds by itself
	}
	return t, nil
}

// Function returns the function of that name.
func (t *Template) Function(name string) (Function, bool) {
	i := slices.IndexFunc(t.Functions, func(f Function) bool { return f.Name == name })
	if i < 0 {
		return Function{}, false
	}
	return t.Functions[i], true
}

// Table returns the table with that logical id.
func (t *Template) Table(id string) (Table, bool) {
	i := slices.IndexFunc(t.Tables, func(t Table) bool { return t.LogicalID == id })
	if i < 0 {
		return Table{}, false
	}
	return t.Tables[i], true
}

func parameter(m map[string]any) Parameter {
	def, has := m["Default"]
	p := Parameter{Type: text(m["Type"]), Default: text(def), HasDefault: has, Description: text(m["Description"])}
	p.Value = p.Default
	return p
}

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

// events needs the properties as written too: a stream is named by reference,
// and what the reference resolves to no longer says which table it was.
func events(written, resolved map[string]any) ([]Route, []Stream) {
	var routes []Route
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
			routes = append(routes, route)
		case "DynamoDB":
			source := object(object(object(object(written["Events"])[name])["Properties"])["Stream"])
			streams = append(streams, stream(source, p))
		}
	}
	return routes, streams
}

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

func throttle(v any) Throttle {
	m := object(v)
	return Throttle{Rate: number(m["ThrottlingRateLimit"], 0), Burst: int(number(m["ThrottlingBurstLimit"], 0))}
}

// merge lays b over a the way SAM lays a resource over Globals: maps are
// merged, lists joined, anything else replaced.
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

func commaList(s string) []any {
	list := []any{}
	for part := range strings.SplitSeq(s, ",") {
		list = append(list, strings.TrimSpace(part))
	}
	return list
}

func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// items is a list, or the one value that stands where a list could.
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

func number(v any, otherwise float64) float64 {
	n, err := strconv.ParseFloat(text(v), 64)
	if err != nil {
		return otherwise
	}
	return n
}

func truth(v any, otherwise bool) bool {
	b, err := strconv.ParseBool(text(v))
	if err != nil {
		return otherwise
	}
	return b
}

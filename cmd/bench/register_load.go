package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/dev/local"
	"chaoxi/shared/pinyin"
	"chaoxi/shared/staff"
)

const (
	registerBinary = "build/bin/register"
	// flatMemory is how many times the memory of the smallest load the others may take.
	flatMemory = 1.3
	rawChunk   = 500
)

// registerLoads measures the operator's tool with files of more and more people: how fast it
// loads them, beside BatchWriteItem of the same people without any rule and audit, and its
// memory. There is no stream here, so nobody is indexed.
func registerLoads(ctx context.Context, out io.Writer) (bool, error) {
	people, err := peopleSetting("5000,50000")
	if err != nil {
		return false, err
	}
	db, err := local.StartDynamoDB(ctx, func(s string) { say("%s", s) })
	if err != nil {
		return false, err
	}
	defer db.Close()
	t := newTable("Loading people with register load", "people", "people/s", "raw people/s", "times as long", "MB at most", "times the first", "at most", "")
	held, first := true, 0.0
	for _, n := range people {
		one, err := loadPeopleOnce(ctx, db, n)
		if err != nil {
			return false, fmt.Errorf("%d people: %w", n, err)
		}
		if first == 0 {
			first = one.mb
		}
		ok := one.mb <= first*flatMemory
		held = held && ok
		perSecond := func(took time.Duration) string { return fmt.Sprintf("%.0f", float64(n)/took.Seconds()) }
		t.add(strconv.Itoa(n), perSecond(one.took), perSecond(one.raw), fmt.Sprintf("%.1f", one.took.Seconds()/one.raw.Seconds()),
			fmt.Sprintf("%.0f", one.mb), fmt.Sprintf("%.2f", one.mb/first), units(flatMemory), verdict(ok))
	}
	t.print(out)
	return held, nil
}

// loaded is what one load took.
type loaded struct {
	took, raw time.Duration
	mb        float64
}

// loadPeopleOnce loads that many people into a fresh register, and then the same people into
// another one.
func loadPeopleOnce(ctx context.Context, db *local.DynamoDB, people int) (loaded, error) {
	r, err := newRegister(ctx, db, 0, people)
	if err != nil {
		return loaded{}, err
	}
	defer r.remove()
	units, err := r.units(ctx, r.root)
	if err != nil {
		return loaded{}, err
	}
	folder, err := os.MkdirTemp("", "bench-load-")
	if err != nil {
		return loaded{}, err
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "people.csv")
	if err := os.WriteFile(file, peopleFile(people, units), 0o600); err != nil {
		return loaded{}, err
	}
	var one loaded
	if one.took, one.mb, err = runLoad(ctx, db, r.table, file); err != nil {
		return loaded{}, err
	}
	to, err := newRegister(ctx, db, 0, people)
	if err != nil {
		return loaded{}, err
	}
	defer to.remove()
	began := time.Now()
	for from := 0; from < people; from += rawChunk {
		var some []account.Person
		for n := from; n < min(people, from+rawChunk); n++ {
			p, err := filePerson(n, units[n*len(units)/people])
			if err != nil {
				return loaded{}, err
			}
			some = append(some, p)
		}
		if err := to.store.LoadUnindexed(ctx, some); err != nil {
			return loaded{}, err
		}
	}
	one.raw = time.Since(began)
	return one, nil
}

// units are the open units below an organisation.
func (r *register) units(ctx context.Context, of staff.OrgCode) ([]staff.OrgCode, error) {
	below, err := r.store.OrgsBelow(ctx, of)
	if err != nil {
		return nil, err
	}
	orgs, err := r.store.Orgs(ctx, below)
	if err != nil {
		return nil, err
	}
	var all []staff.OrgCode
	for _, c := range below {
		switch o := orgs[c]; {
		case o.Closed:
			continue
		case o.Type == staff.UnitOrg:
			all = append(all, c)
			continue
		}
		below, err := r.units(ctx, c)
		if err != nil {
			return nil, err
		}
		all = append(all, below...)
	}
	return all, nil
}

// runLoad runs the tool as an operator does, and says how long it took, and its memory in MB.
func runLoad(ctx context.Context, db *local.DynamoDB, table, file string) (time.Duration, float64, error) {
	cmd := exec.CommandContext(ctx, registerBinary, "load", "-per-second", "10000", file)
	cmd.Env = append(os.Environ(), "TABLE_NAME="+table, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local",
		"AWS_ENDPOINT_URL_DYNAMODB="+*db.Client().Options().BaseEndpoint)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return 0, 0, fmt.Errorf("%w: %s", err, &said)
	}
	took := time.Since(began)
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0, 0, errors.New("this machine does not tell the memory of a process")
	}
	return took, float64(usage.Maxrss) / 1024, nil
}

// peopleFile is a CSV of invented people, grouped by unit as offices hand it in.
func peopleFile(people int, units []staff.OrgCode) []byte {
	var b bytes.Buffer
	fmt.Fprintln(&b, "姓名,账号,区号,手机号,性别,出生日期,人员编制,职级,所在单位,任职类型,职务,人员角色,排序码,邮箱,办公电话,办公地址")
	for n := range people {
		fmt.Fprintf(&b, "%s,yuangong%07d,+86,139%08d,女性,1985-10-01,其他,其他,%s,主职,科员,普通用户,%d,yuangong%07d@example.cn,0571-88%06d,解放路%d号\n",
			fileName(n), n, n, units[n*len(units)/people], 1+n%999, n, n%1_000_000, n%1000)
	}
	return b.Bytes()
}

func fileName(n int) string { return "员工" + string(rune('一'+n%5000)) }

// filePerson is the n-th person of peopleFile.
func filePerson(n int, unit staff.OrgCode) (account.Person, error) {
	var wrong [4]error
	s := staff.Staff{
		Revision: 1, Version: 1, Name: fileName(n), Pinyin: pinyin.Read(fileName(n)), Gender: "2", BirthDate: "1985-10-01", BudgetedPost: "BIAN_ZHI_QI_TA", JobLevel: "ZHI_JI_QI_TA",
		Employment: staff.InService, State: staff.Pending, RegisteredAt: time.Now(),
	}
	post := staff.Post{
		Unit: unit, Org: unit, JobType: staff.MainJob, Title: "科员", Role: "REN_YUAN_JU_SE_PU_TONG_YONG_HU", Order: 1 + n%999, Email: fmt.Sprintf("yuangong%07d@example.cn", n),
		OfficePhone: fmt.Sprintf("0571-88%06d", n%1_000_000), OfficeAddress: fmt.Sprintf("解放路%d号", n%1000), Active: true,
	}
	s.Code, wrong[0] = staff.NewEmployeeCode(rand.Reader)
	s.Account, wrong[1] = staff.ParseAccount(fmt.Sprintf("yuangong%07d", n))
	s.Phone, wrong[2] = staff.ParsePhone(fmt.Sprintf("139%08d", n))
	post.ID, wrong[3] = staff.NewPostID(rand.Reader)
	s.Posts = []staff.Post{post}
	return account.Person{Staff: s, Account: account.Account{Epoch: 1}}, errors.Join(wrong[:]...)
}

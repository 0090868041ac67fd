package pinyin

// transcribed has the characters that are read differently, or in more than one way,
// where they write the sounds of another language: 阿不都热合曼·买买提 is "a bu du", and
// not "a bu dou". The first reading is the one that such names have. The usual one, which
// stands behind it, is what people type who know the characters only.
//
// The table was chosen by hand from the characters with which names of Uyghurs, Kazakhs,
// Hui, Tibetans, Mongols and Yi are written.
var transcribed = [...]polyphone{
	{"都", "du dou"},
	{"卜", "bu bo"},
	{"什", "shi shen"},
	{"约", "yue yao"},
	{"塞", "sai se"},
	{"扎", "zha za"},
	{"藏", "zang cang"},
	{"曾", "zeng ceng"},
	{"的", "di de"},
	{"地", "di de"},
	{"么", "mo me"},
	{"没", "mo mei"},
	{"呷", "ga xia"},
	{"咯", "ka ge"},
	{"咖", "ka ga"},
	{"伽", "jia ga"},
	{"给", "gei ji"},
	{"勒", "le lei"},
	{"肋", "le lei"},
	{"驮", "tuo duo"},
	{"刹", "sha cha"},
	{"查", "cha zha"},
	{"粘", "nian zhan"},
	{"纥", "he ge"},
	{"茄", "jia qie"},
	{"杉", "shan sha"},
	{"拓", "tuo ta"},
	{"称", "cheng chen"},
	{"朝", "chao zhao"},
	{"盖", "gai ge"},
	{"区", "qu ou"},
	{"员", "yuan yun"},
	{"角", "jiao jue"},
	{"降", "jiang xiang"},
	{"了", "liao le"},
	{"洗", "xi xian"},
	{"折", "zhe she"},
	{"若", "ruo re"},
}

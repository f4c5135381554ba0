//! What a preference can be.

use crate::open_enum;

open_enum! {
    /// The language of the portal.
    pub enum Language {
        /// English.
        English = "en",
        /// Chinese in simplified characters.
        SimplifiedChinese = "zh-CN",
        /// Chinese in traditional characters.
        TraditionalChinese = "zh-TW",
        /// Japanese.
        Japanese = "ja",
        /// Korean.
        Korean = "ko",
        /// Spanish.
        Spanish = "es",
        /// French.
        French = "fr",
        /// German.
        German = "de",
        /// Portuguese.
        Portuguese = "pt",
        /// Russian.
        Russian = "ru",
        /// Arabic.
        Arabic = "ar",
        /// Hindi.
        Hindi = "hi",
    }
}

open_enum! {
    /// A time zone by its name in the tz database.
    pub enum Timezone {
        /// Universal time.
        Utc = "UTC",
        /// New York.
        NewYork = "America/New_York",
        /// Los Angeles.
        LosAngeles = "America/Los_Angeles",
        /// Chicago.
        Chicago = "America/Chicago",
        /// Denver.
        Denver = "America/Denver",
        /// London.
        London = "Europe/London",
        /// Paris.
        Paris = "Europe/Paris",
        /// Berlin.
        Berlin = "Europe/Berlin",
        /// Moscow.
        Moscow = "Europe/Moscow",
        /// Shanghai.
        Shanghai = "Asia/Shanghai",
        /// Hong Kong.
        HongKong = "Asia/Hong_Kong",
        /// Tokyo.
        Tokyo = "Asia/Tokyo",
        /// Seoul.
        Seoul = "Asia/Seoul",
        /// Singapore.
        Singapore = "Asia/Singapore",
        /// Dubai.
        Dubai = "Asia/Dubai",
        /// Sydney.
        Sydney = "Australia/Sydney",
        /// Melbourne.
        Melbourne = "Australia/Melbourne",
        /// Toronto.
        Toronto = "America/Toronto",
        /// São Paulo.
        SaoPaulo = "America/Sao_Paulo",
    }
}

open_enum! {
    /// How a day is written.
    pub enum DateFormat {
        /// 2025-10-24.
        YearMonthDay = "YYYY-MM-DD",
        /// 24/10/2025.
        DayMonthYear = "DD/MM/YYYY",
        /// 10/24/2025.
        MonthDayYear = "MM/DD/YYYY",
        /// 24-Oct-2025.
        DayNamedMonthYear = "DD-Mon-YYYY",
    }
}

open_enum! {
    /// How a time of day is written.
    pub enum TimeFormat {
        /// With a.m. and p.m.
        TwelveHours = "12h",
        /// From 0 to 23.
        TwentyFourHours = "24h",
    }
}

open_enum! {
    /// How a number is written.
    pub enum NumberFormat {
        /// Commas between thousands, a point before decimals.
        CommaPoint = "1,234.56",
        /// Points between thousands, a comma before decimals.
        PointComma = "1.234,56",
        /// Spaces between thousands, a comma before decimals.
        SpaceComma = "1 234,56",
        /// Apostrophes between thousands, a point before decimals.
        ApostrophePoint = "1'234.56",
    }
}

open_enum! {
    /// The colours of the portal.
    pub enum Theme {
        /// Dark on light.
        Light = "light",
        /// Light on dark.
        Dark = "dark",
        /// As the device has it.
        Auto = "auto",
    }
}

//! One list of scenarios, run in every setup.

/// Makes a test of each scenario for each argument, named `ARGUMENT::MODULE::SCENARIO`, as in
/// `direct::answers::a_request_has_one_response`.
///
/// A scenario is an `async fn` of one argument in a module below `HOME`, which is a module of the crate:
///
/// ```text
/// suite! {
///     in calls;
///     [direct = Setup::Direct, memory = Setup::Memory];
///     { answers { a_request_has_one_response a_stream_has_no_one_or_ten_thousand_items } }
/// }
/// ```
#[macro_export]
#[expect(clippy::crate_in_macro_def, reason = "the scenarios are modules of the crate that lists them")]
macro_rules! suite {
    (in $home:ident; [$($name:ident = $argument:expr),+ $(,)?]; $modules:tt) => {
        $($crate::suite!(@ $home, $name, $argument, $modules);)+
    };
    (@ $home:ident, $name:ident, $argument:expr, { $($module:ident { $($test:ident)+ })+ }) => {
        mod $name {
            $(mod $module {
                use $crate::Setup;
                $(
                    #[tokio::test]
                    async fn $test() {
                        crate::$home::$module::$test($argument).await;
                    }
                )+
            })+
        }
    };
}
